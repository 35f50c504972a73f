import { FindCoordinator, type FindCoordinatorRequest } from '../../../protocol/messages/find-coordinator.js'
import { type CoordinatorKind, coordinatorOf } from '../coordinators.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'

/** Which broker coordinates a group or a transactional id. */
export const findCoordinator = handler(FindCoordinator, {
  respond: (request, context) => answer(request, context, key => find(request.keyType, key, context)),
  refuse: (request, errorCode, context) => answer(request, context, () => ({ ...nowhere, errorCode })),
})

/** From version 4 on there may be many keys, and each has its own answer. */
function answer(request: FindCoordinatorRequest, { version }: RequestContext, found: (key: string) => Found) {
  if (version >= 4) return { coordinators: request.coordinatorKeys.map(key => ({ key, ...found(key) })) }
  return found(request.key)
}

interface Found {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

const nowhere = { errorMessage: null, nodeId: -1, host: '', port: -1 }

const kinds: readonly CoordinatorKind[] = ['group', 'transaction']

function find(keyType: number, key: string, { cluster }: RequestContext): Found {
  const kind = kinds[keyType]
  if (kind === undefined) return { ...nowhere, errorCode: code('INVALID_REQUEST') }
  const node = coordinatorOf(cluster, kind, key)
  if (node === undefined) return { ...nowhere, errorCode: code('COORDINATOR_NOT_AVAILABLE') }
  return { errorCode: 0, errorMessage: null, nodeId: node.id, host: node.host, port: node.port }
}
