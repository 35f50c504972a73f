import type { ErrorName } from '../../../protocol/error-codes.js'
import { Produce, type ProduceRequest } from '../../../protocol/messages/produce.js'
import { attribute, field, headerBytes } from '../../../protocol/records/batch-v2.js'
import { code } from '../error-code.js'
import { handler, type RequestContext } from '../handler.js'
import { nodeEndpoints } from '../node-endpoints.js'
import type { Partition } from '../partition.js'
import { accessPartition } from '../partition-access.js'
import type { Topic } from '../topic.js'
import type { ProducerClaim } from '../transactions/transaction.js'
import { ongoingTransactionOf } from '../transactions/transaction-of.js'

type TopicData = ProduceRequest['topicData'][number]
type PartitionData = TopicData['partitionData'][number]

/** Appends batches. */
export const produce = handler(Produce, {
  // Older ones are named for the sake of old librdkafka, which else believes that the broker cannot compress.
  advertisedMin: 0,
  respond(request, context) {
    const responses = request.topicData.map(data => {
      const { name, topicId, partitionData } = data
      const topic = topicOf(data, context)
      const partitionResponses = partitionData.map(one => append(topic, name, one, request, context))
      return { name, topicId, partitionResponses }
    })
    const endpoints = nodeEndpoints(context.cluster, leaders(responses))
    if (request.acks !== 0) return { responses, nodeEndpoints: endpoints }
    // Nobody waits for an answer: an error is told by hanging up.
    const hasFailed = responses.some(topic => topic.partitionResponses.some(one => one.errorCode !== 0))
    return hasFailed ? 'hang up' : 'unanswered'
  },
  *places(request, context) {
    for (const data of request.topicData) {
      const topic = topicOf(data, context)?.name ?? data.name
      for (const { index } of data.partitionData) yield { topic, partition: index }
    }
  },
})

/** From version 13 on topics go by their ids. */
function topicOf({ name, topicId }: TopicData, { cluster, version }: RequestContext): Topic | undefined {
  return version >= 13 ? cluster.topicsById.get(topicId) : cluster.topics.get(name)
}

function append(
  topic: Topic | undefined,
  name: string,
  { index, records }: PartitionData,
  { acks, transactionalId }: ProduceRequest,
  context: RequestContext,
) {
  const { version, now } = context
  const failed = (errorCode: number, message: string | null = null) => ({
    index,
    errorCode,
    baseOffset: -1n,
    logAppendTimeMs: -1n,
    recordErrors: [],
    errorMessage: message,
  })
  const refused = context.refusal(topic?.name ?? name, index)
  if (refused !== 0) return failed(refused)
  if (topic === undefined && version >= 13) return failed(code('UNKNOWN_TOPIC_ID'))
  const partition = accessPartition(context, topic, index)
  if (partition === 'NOT_LEADER_OR_FOLLOWER' && version >= 10) {
    const { leader: leaderId = -1, leaderEpoch = -1 } = topic?.partitions[index] ?? {}
    return { ...failed(code(partition)), currentLeader: { leaderId, leaderEpoch } }
  }
  if (typeof partition === 'string') return failed(code(partition))
  if (acks < -1 || acks > 1) return failed(code('INVALID_REQUIRED_ACKS'))
  if (topic?.isInternal === true) return failed(code('INVALID_TOPIC_EXCEPTION'))
  // No more can be asked for than there are.
  const minInsyncReplicas = Math.min(partition.topic.minInsyncReplicas, partition.replicas.length)
  if (acks === -1 && partition.isr.length < minInsyncReplicas) {
    const message = `${partition.isr.length} in sync, at least ${minInsyncReplicas} wanted`
    return { ...failed(code('NOT_ENOUGH_REPLICAS'), message), logStartOffset: partition.log.startOffset }
  }
  const refusal = refuseTransactional(partition, records, transactionalId, context)
  if (refusal !== undefined) return failed(code(refusal))
  const appended = partition.produce(records, version, now)
  if ('error' in appended) {
    const { error, message, isByLog, recordErrors = [] } = appended
    const logStartOffset = isByLog ? partition.log.startOffset : -1n
    return { ...failed(code(error), message), recordErrors, logStartOffset }
  }
  return {
    index,
    errorCode: 0,
    baseOffset: appended.baseOffset,
    logAppendTimeMs: appended.appendTime,
    logStartOffset: partition.log.startOffset,
    recordErrors: [],
    errorMessage: null,
  }
}

/** What is produced within a transaction must be part of it; from version 12 on it thereby is (KIP-890). */
function refuseTransactional(
  partition: Partition,
  records: Buffer | null,
  transactionalId: string | null,
  { cluster, version, now }: RequestContext,
): ErrorName | undefined {
  const producer = transactionalProducer(records)
  if (producer === undefined) return undefined
  if (transactionalId === null) return 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'
  const { producerId, producerEpoch, baseSequence } = producer
  const state = partition.producers.get(producerId)
  if (state?.epoch === producerEpoch && state.firstOffsetOfTransaction !== undefined) return undefined
  partition.verify(producerId, producerEpoch, baseSequence, version >= 12)
  const transaction = ongoingTransactionOf(transactionalId, producer, cluster)
  if (typeof transaction === 'string') return transaction
  if (version >= 12) transaction.add({ partitions: [partition] }, true, now)
  if (transaction.partitions.has(partition)) return undefined
  return version >= 11 ? 'TRANSACTION_ABORTABLE' : 'INVALID_TXN_STATE'
}

/** Who wrote a batch that is part of a transaction; undefined where it is not. The rest of it is looked at later. */
function transactionalProducer(records: Buffer | null): (ProducerClaim & { baseSequence: number }) | undefined {
  if (records === null || records.length < headerBytes || records.readInt8(field.magic) !== 2) return undefined
  if ((records.readInt16BE(field.attributes) & attribute.transactional) === 0) return undefined
  return {
    producerId: records.readBigInt64BE(field.producerId),
    producerEpoch: records.readInt16BE(field.producerEpoch),
    baseSequence: records.readInt32BE(field.baseSequence),
  }
}

function leaders(
  responses: readonly { readonly partitionResponses: readonly ReturnType<typeof append>[] }[],
): number[] {
  return responses.flatMap(({ partitionResponses }) =>
    partitionResponses.flatMap(one => ('currentLeader' in one ? one.currentLeader.leaderId : [])),
  )
}
