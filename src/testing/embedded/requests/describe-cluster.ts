import { DescribeCluster } from '../../../protocol/messages/describe-cluster.js'
import { authorizedOperations, notAsked } from '../authorized-operations.js'
import { controllerId } from '../cluster.js'
import { code } from '../error-code.js'
import { handler } from '../handler.js'

/** The endpoints that were asked for are brokers, not controllers. */
const brokers = 1

/** Which brokers there are. */
export const describeCluster = handler(DescribeCluster, {
  respond(request, { cluster }) {
    if (request.endpointType !== brokers) {
      return refusal(request.endpointType === 2 ? 'MISMATCHED_ENDPOINT_TYPE' : 'UNSUPPORTED_ENDPOINT_TYPE')
    }
    const nodes = [...cluster.nodes.values()].filter(node => node.isUp || request.includeFencedBrokers)
    return {
      errorCode: 0,
      errorMessage: null,
      endpointType: brokers,
      clusterId: cluster.id,
      controllerId: controllerId(cluster),
      brokers: nodes.map(({ id, host, port, rack, isUp }) => ({ brokerId: id, host, port, rack, isFenced: !isUp })),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? authorizedOperations.cluster : notAsked,
    }
  },
  refuse: (_request, errorCode) => ({ ...refusal('UNKNOWN_SERVER_ERROR'), errorCode }),
})

function refusal(error: Parameters<typeof code>[0]) {
  return {
    errorCode: code(error),
    errorMessage: null,
    clusterId: '',
    controllerId: -1,
    brokers: [],
    clusterAuthorizedOperations: notAsked,
  }
}
