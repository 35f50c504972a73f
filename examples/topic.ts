import { randomUUID } from 'node:crypto'
import { type Broker, brokerError, type KafkaError } from 'kafka-rx'
import { CreateTopics, DeleteTopics, Metadata } from 'kafka-rx/protocol'
import {
  concatMap,
  ignoreElements,
  type MonoTypeOperatorFunction,
  map,
  type Observable,
  retry,
  throwError,
  timer,
} from 'rxjs'
import type { Address } from './address-of.js'

/** A topic of one partition. */
export interface Topic {
  readonly name: string
  /** By which Produce and Fetch go from their versions 13 on; the older ones go by the name. */
  readonly id: string
  readonly leader: Address
}

/** Creates a topic of one partition, under a name that nothing else has, and finds out who leads it. */
export function createTopic(kafka: Broker): Observable<Topic> {
  const name = `tour-${randomUUID().slice(0, 8)}`
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  return kafka.request(CreateTopics, { topics: [topic], validateOnly: false, timeoutMs: 10_000 }).pipe(
    map(({ topics: [created] }) => accepted(created, `CreateTopics of ${name}`)),
    concatMap(() => findTopic(kafka, name)),
  )
}

/** Asks where a topic is. */
export function findTopic(kafka: Broker, name: string): Observable<Topic> {
  return kafka.request(Metadata, { topics: [{ name }], allowAutoTopicCreation: false }).pipe(
    map(({ brokers, topics: [found] }) => {
      const { topicId: id, partitions } = accepted(found, `Metadata of ${name}`)
      const { leaderId } = accepted(partitions[0], `partition 0 of ${name}`)
      const leader = brokers.find(({ nodeId }) => nodeId === leaderId)
      if (leader === undefined) throw brokerError(5, `partition 0 of ${name}`)
      return { name, id, leader: { host: leader.host, port: leader.port } }
    }),
    untilSettled(),
  )
}

/** Deletes a topic. */
export function deleteTopic(kafka: Broker, { name }: Topic): Observable<never> {
  // In versions from 6 on it would be a list of names or ids.
  return kafka.request(DeleteTopics, { topicNames: [name], timeoutMs: 10_000 }, { version: 5 }).pipe(
    map(({ responses: [deleted] }) => accepted(deleted, `DeleteTopics of ${name}`)),
    ignoreElements(),
  )
}

/** Responses come as they are. This makes the error of what they carry, with Kafka's name for it. */
export function accepted<T extends { readonly errorCode: number; readonly errorMessage?: string | null }>(
  answer: T | undefined,
  what: string,
): T {
  if (answer === undefined) throw new Error(`${what}: the answer does not mention it`)
  if (answer.errorCode !== 0) throw brokerError(answer.errorCode, what, answer.errorMessage)
  return answer
}

/** A new topic is not known to all brokers at once: what may be right a moment later is asked again. */
export function untilSettled<T>(): MonoTypeOperatorFunction<T> {
  return retry({
    count: 50,
    delay: (error: KafkaError) => (error.retriable ? timer(100) : throwError(() => error)),
  })
}
