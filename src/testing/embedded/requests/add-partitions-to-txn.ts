import type { ErrorName } from '../../../protocol/error-codes.js'
import { AddPartitionsToTxn, type AddPartitionsToTxnRequest } from '../../../protocol/messages/add-partitions-to-txn.js'
import { type Cluster, partitionOf } from '../cluster.js'
import { code } from '../error-code.js'
import { handler, type Place, type RequestContext } from '../handler.js'
import { fencedFor, transactionOf } from '../transactions/transaction-of.js'

type Asked = AddPartitionsToTxnRequest['transactions'][number]

/** A producer is going to write to partitions within its transaction. */
export const addPartitionsToTxn = handler(AddPartitionsToTxn, {
  respond(request, context) {
    const results = asked(request, context).map(transaction => ({
      transactionalId: transaction.transactionalId,
      topicResults: answer(transaction, add(transaction, context)),
    }))
    return context.version >= 4
      ? { errorCode: 0, resultsByTransaction: results }
      : { resultsByTopicV3AndBelow: results[0]?.topicResults ?? [] }
  },
  places: (request, context) => asked(request, context).flatMap(placesOf),
})

/** From version 4 on, which brokers use among themselves, there may be many transactions. */
function asked(request: AddPartitionsToTxnRequest, { version }: RequestContext): Asked[] {
  if (version >= 4) return request.transactions
  return [
    {
      transactionalId: request.v3AndBelowTransactionalId,
      producerId: request.v3AndBelowProducerId,
      producerEpoch: request.v3AndBelowProducerEpoch,
      verifyOnly: false,
      topics: request.v3AndBelowTopics,
    },
  ]
}

function placesOf({ topics }: Asked): Required<Place>[] {
  return topics.flatMap(({ name, partitions }) => partitions.map(partition => ({ topic: name, partition })))
}

/** The error code of a partition. */
type CodeOf = (place: Required<Place>) => number

function add(transaction: Asked, context: RequestContext): CodeOf {
  const { cluster, version, now } = context
  const places = placesOf(transaction)
  const wrong = (place: Required<Place>) => context.refusal(place.topic, place.partition) || missing(place, cluster)
  // All or none.
  if (places.some(place => wrong(place) !== 0)) return place => wrong(place) || code('OPERATION_NOT_ATTEMPTED')
  const found = transactionOf(transaction.transactionalId, transaction, context)
  if (typeof found === 'string') return () => code(fencedFor(found, version >= 2))
  const partitions = places.flatMap(({ topic, partition }) => partitionOf(cluster, topic, partition) ?? [])
  if (!transaction.verifyOnly) {
    found.add({ partitions }, version >= 4, now)
    return () => 0
  }
  const absent: ErrorName = version >= 5 ? 'TRANSACTION_ABORTABLE' : 'INVALID_TXN_STATE'
  const known = new Set([...found.partitions].map(({ topic, index }) => `${topic.name}/${index}`))
  return ({ topic, partition }) => (known.has(`${topic}/${partition}`) ? 0 : code(absent))
}

function missing({ topic, partition }: Required<Place>, cluster: Cluster): number {
  return partitionOf(cluster, topic, partition) === undefined ? code('UNKNOWN_TOPIC_OR_PARTITION') : 0
}

function answer({ topics }: Asked, codeOf: CodeOf) {
  return topics.map(({ name, partitions }) => ({
    name,
    resultsByPartition: partitions.map(partition => ({
      partitionIndex: partition,
      partitionErrorCode: codeOf({ topic: name, partition }),
    })),
  }))
}
