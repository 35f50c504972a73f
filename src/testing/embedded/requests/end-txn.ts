import { EndTxn } from '../../../protocol/messages/end-txn.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import { handler } from '../handler.js'
import { fencedFor } from '../transactions/transaction-of.js'

/** A producer commits its transaction, or aborts it; from version 5 on it goes on with a new epoch (KIP-890). */
export const endTxn = handler(EndTxn, {
  respond(request, context) {
    const { transactionalId: id, committed } = request
    if (id === '') return { errorCode: code('INVALID_REQUEST') }
    const elsewhere = notCoordinating(context, 'transaction', id)
    if (elsewhere !== undefined) return { errorCode: code(elsewhere) }
    const transaction = context.cluster.transactions.get(id)
    if (transaction === undefined) return { errorCode: code('INVALID_PRODUCER_ID_MAPPING') }
    const error = transaction.end(request, committed ? 'commit' : 'abort', context.version >= 5, context.now)
    if (error !== undefined) return { errorCode: code(fencedFor(error, context.version >= 2)) }
    return { errorCode: 0, producerId: transaction.producerId, producerEpoch: transaction.epoch }
  },
  refuse: (_request, errorCode) => ({ errorCode }),
})
