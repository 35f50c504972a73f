import { OffsetForLeaderEpoch } from '../../../protocol/messages/offset-for-leader-epoch.js'
import { code } from '../error-code.js'
import { handler } from '../handler.js'
import { accessPartition } from '../partition-access.js'

/** Where the epoch of a leader ended. */
export const offsetForLeaderEpoch = handler(OffsetForLeaderEpoch, {
  respond: (request, context) => ({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
        const refused = context.refusal(topic, index)
        if (refused !== 0) return failed(index, refused)
        const access = { leaderEpoch: currentLeaderEpoch, fromFollower: request.replicaId === debugging }
        const partition = accessPartition(context, context.cluster.topics.get(topic), index, access)
        if (typeof partition === 'string') return failed(index, code(partition))
        const { epoch, endOffset } = partition.log.endOfEpoch(leaderEpoch)
        return { partition: index, errorCode: 0, leaderEpoch: epoch, endOffset }
      }),
    })),
  }),
  *places(request) {
    for (const { topic, partitions } of request.topics) {
      for (const { partition } of partitions) yield { topic, partition }
    }
  },
})

/** A replica id that only looks, at whatever broker. */
const debugging = -2

function failed(partition: number, errorCode: number) {
  return { partition, errorCode, leaderEpoch: -1, endOffset: -1n }
}
