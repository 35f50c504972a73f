import { AddOffsetsToTxn } from '../../../protocol/messages/add-offsets-to-txn.js'
import { code } from '../error-code.js'
import { handler } from '../handler.js'
import { fencedFor, transactionOf } from '../transactions/transaction-of.js'

/** A producer is going to commit the offsets of a group within its transaction. */
export const addOffsetsToTxn = handler(AddOffsetsToTxn, {
  respond(request, context) {
    const transaction = transactionOf(request.transactionalId, request, context)
    if (typeof transaction === 'string') return { errorCode: code(fencedFor(transaction, context.version >= 2)) }
    transaction.add({ group: request.groupId }, false, context.now)
    return { errorCode: 0 }
  },
  refuse: (_request, errorCode) => ({ errorCode }),
})
