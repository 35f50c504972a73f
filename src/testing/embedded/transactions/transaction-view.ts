import type { Cluster } from '../cluster.js'
import { coordinatorOf } from '../coordinators.js'
import type { TopicPartition } from '../views.js'
import type { Transaction, TransactionState } from './transaction.js'

/** A transactional id as it is at this moment. */
export interface TransactionView {
  readonly transactionalId: string
  readonly state: TransactionState
  readonly producerId: bigint
  readonly producerEpoch: number
  /** The node id of its coordinator; -1 while none can be. */
  readonly coordinator: number
  /** Those that are part of the transaction that is open. */
  readonly partitions: readonly TopicPartition[]
  /** The groups whose offsets are committed with it. */
  readonly groups: readonly string[]
}

/** How a transactional id is. */
export function viewTransaction(transaction: Transaction, cluster: Cluster): TransactionView {
  const { id, state, producerId, epoch, partitions, groups } = transaction
  return {
    transactionalId: id,
    state,
    producerId,
    producerEpoch: epoch,
    coordinator: coordinatorOf(cluster, 'transaction', id)?.id ?? -1,
    partitions: [...partitions].map(({ topic, index }) => ({ topic: topic.name, partition: index })),
    groups: [...groups],
  }
}
