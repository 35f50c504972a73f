import { InitProducerId } from '../../../protocol/messages/init-producer-id.js'
import { code } from '../error-code.js'
import { handler } from '../handler.js'

/** Gives an idempotent producer its id. */
export const initProducerId = handler(InitProducerId, {
  respond(request, { cluster }) {
    if ((request.producerId === -1n) !== (request.producerEpoch === -1)) return refusal(code('INVALID_REQUEST'))
    // Without a transactional id every producer is a new one, whatever it was before.
    return { errorCode: 0, producerId: cluster.nextProducerId++, producerEpoch: 0 }
  },
  refuse: (_request, errorCode) => refusal(errorCode),
})

function refusal(errorCode: number) {
  return { errorCode, producerId: -1n, producerEpoch: -1 }
}
