import { InitProducerId, type InitProducerIdRequest } from '../../../protocol/messages/init-producer-id.js'
import { notCoordinating } from '../coordinators.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'
import { Transaction } from '../transactions/transaction.js'
import { fencedFor } from '../transactions/transaction-of.js'

/** Gives an idempotent producer its id, and a transactional one its epoch. */
export const initProducerId = handler(InitProducerId, {
  respond(request, context) {
    const { transactionalId, producerId, producerEpoch } = request
    if ((producerId === -1n) !== (producerEpoch === -1)) return refusal(code('INVALID_REQUEST'))
    if (transactionalId !== null) return initTransaction(transactionalId, request, context)
    // Without a transactional id every producer is a new one, whatever it was before.
    return { errorCode: 0, producerId: context.cluster.nextProducerId++, producerEpoch: 0 }
  },
  refuse: (_request, errorCode) => refusal(errorCode),
})

function initTransaction(id: string, request: InitProducerIdRequest, context: RequestContext) {
  const { transactionTimeoutMs: timeout, producerId, producerEpoch } = request
  const { transactions, settings } = context.cluster
  if (id === '') return refusal(code('INVALID_REQUEST'))
  if (timeout <= 0 || timeout > settings.config['transaction.max.timeout.ms']) {
    return refusal(code('INVALID_TRANSACTION_TIMEOUT'))
  }
  const elsewhere = notCoordinating(context, 'transaction', id)
  if (elsewhere !== undefined) return refusal(code(elsewhere))
  const transaction = transactions.get(id) ?? new Transaction(id, timeout, context.cluster)
  transactions.set(id, transaction)
  const claim = producerId === -1n ? undefined : { producerId, producerEpoch }
  const error = transaction.init(claim, timeout, context.now)
  if (error !== undefined) return refusal(code(fencedFor(error, context.version >= 4)))
  return { errorCode: 0, producerId: transaction.producerId, producerEpoch: transaction.epoch }
}

function refusal(errorCode: number) {
  return { errorCode, producerId: -1n, producerEpoch: -1 }
}
