import type { ProduceRequestInput, ProduceResponse } from '../protocol/messages/produce.js'
import { zeroUuid } from '../protocol/uuid.js'

/** From this version on topics go by id (KIP-516). */
const BY_ID = 13

/** A batch as a request has it. */
export interface PartitionData {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly records: Buffer
}

/** What a broker says of one partition. */
export type PartitionResponse = ProduceResponse['responses'][number]['partitionResponses'][number]

/** The version to ask in, of those that the broker knows: by name where a topic's id is not known. */
export function produceVersion(data: readonly PartitionData[], max: number): number | undefined {
  return max >= BY_ID && data.every(({ topicId }) => topicId !== zeroUuid) ? undefined : Math.min(max, BY_ID - 1)
}

/** The request with these batches, one a partition. */
export function produceRequest(data: readonly PartitionData[], acks: number, timeoutMs: number): ProduceRequestInput {
  const topics = new Map<
    string,
    { name: string; topicId: string; partitionData: { index: number; records: Buffer }[] }
  >()
  for (const { topic, topicId, partition, records } of data) {
    let of = topics.get(topic)
    if (of === undefined) {
      of = { name: topic, topicId, partitionData: [] }
      topics.set(topic, of)
    }
    of.partitionData.push({ index: partition, records })
  }
  return { transactionalId: null, acks, timeoutMs, topicData: [...topics.values()] }
}

/** The answer of each batch of the request, in its order; undefined where the broker left one out. */
export function produceAnswers(
  data: readonly PartitionData[],
  { responses }: ProduceResponse,
): readonly (PartitionResponse | undefined)[] {
  const topics = new Map(
    responses.map(({ name, topicId, partitionResponses }) => [name || topicId, partitionResponses]),
  )
  /** Brokers answer the partitions of a topic in the order in which they were asked, as a rule. */
  const places = new Map<string, number>()
  return data.map(({ topic, topicId, partition }) => {
    const answers = topics.get(topic) ?? topics.get(topicId) ?? []
    const place = places.get(topic) ?? 0
    places.set(topic, place + 1)
    const answer = answers[place]
    return answer?.index === partition ? answer : answers.find(({ index }) => index === partition)
  })
}
