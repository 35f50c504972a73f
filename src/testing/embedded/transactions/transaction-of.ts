import type { ErrorName } from '../../../protocol/error-codes.js'
import type { Cluster } from '../cluster.js'
import { notCoordinating } from '../coordinators.js'
import type { RequestContext } from '../handler.js'
import type { ProducerClaim, Transaction } from './transaction.js'

/** The transaction of a producer, where the broker that was asked coordinates it, or why it is none. */
export function transactionOf(id: string, claim: ProducerClaim, context: RequestContext): Transaction | ErrorName {
  if (id === '') return 'INVALID_REQUEST'
  const elsewhere = notCoordinating(context, 'transaction', id)
  if (elsewhere !== undefined) return elsewhere
  const transaction = context.cluster.transactions.get(id)
  if (transaction === undefined) return 'INVALID_PRODUCER_ID_MAPPING'
  return transaction.refuses(claim) ?? transaction
}

/**
 * The same for a broker that only takes part in it, and asks the coordinator. Older clients know but one way to be told
 * that another has taken over.
 */
export function ongoingTransactionOf(id: string, claim: ProducerClaim, cluster: Cluster): Transaction | ErrorName {
  const transaction = cluster.transactions.get(id)
  if (transaction === undefined) return 'INVALID_PRODUCER_ID_MAPPING'
  const refusal = transaction.refuses(claim)
  return refusal === 'PRODUCER_FENCED' ? 'INVALID_PRODUCER_EPOCH' : (refusal ?? transaction)
}

/** What a client of a version that does not know PRODUCER_FENCED is told instead. */
export function fencedFor(error: ErrorName, knowsFenced: boolean): ErrorName {
  return error === 'PRODUCER_FENCED' && !knowsFenced ? 'INVALID_PRODUCER_EPOCH' : error
}
