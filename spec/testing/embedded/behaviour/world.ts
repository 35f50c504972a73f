import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Transport } from '../../../../src/connection/index.js'
import { errors } from '../../../../src/protocol/error-codes.js'
import { CreateTopics } from '../../../../src/protocol/messages/create-topics.js'
import { DescribeGroups } from '../../../../src/protocol/messages/describe-groups.js'
import { Fetch } from '../../../../src/protocol/messages/fetch.js'
import { FindCoordinator } from '../../../../src/protocol/messages/find-coordinator.js'
import { ListOffsets } from '../../../../src/protocol/messages/list-offsets.js'
import { Metadata } from '../../../../src/protocol/messages/metadata.js'
import { Produce } from '../../../../src/protocol/messages/produce.js'
import type { RecordBatchOptions } from '../../../../src/protocol/records/record-batch-options.js'
import { RecordBatchWriter } from '../../../../src/protocol/records/record-batch-writer.js'
import { recordBatches } from '../../../../src/protocol/records/record-batches.js'
import { type RawClient, rawClient } from './raw-client.js'

/** What the behaviour is tested of: two brokers, wherever they run. */
export interface Target {
  /** By node id. */
  readonly brokers: ReadonlyMap<number, { readonly host: string; readonly port: number }>
  readonly transport?: Transport
}

/** The settings that both kinds of brokers are started with. */
export const settings = {
  'default.replication.factor': 1,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 100,
}

/** A topic of a test's own. */
export interface OwnTopic {
  readonly name: string
  readonly id: string
  /** By partition. */
  readonly leaders: readonly number[]
}

/** The number of an error. */
export const codeOf = (name: keyof typeof errors): number => errors[name].code

/** What the tests do to the brokers; `close` at the end of each. */
export class World {
  readonly target: Target
  readonly #clients: RawClient[] = []

  constructor(target: Target) {
    this.target = target
  }

  /** A new connection, to the first broker unless told otherwise. */
  async client(nodeId = 1, clientId?: string): Promise<RawClient> {
    const address = this.target.brokers.get(nodeId)
    if (address === undefined) throw new Error(`there is no broker ${nodeId}`)
    const client = await rawClient(address, clientId, this.target.transport)
    this.#clients.push(client)
    return client
  }

  /** A name that nothing has yet. */
  name(prefix = 'topic'): string {
    return `${prefix}-${randomUUID()}`
  }

  /** Creates a topic and waits until each of its partitions can be read. */
  async topic(partitions = 1, config: Record<string, string> = {}, name = this.name()): Promise<OwnTopic> {
    const client = await this.client()
    const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }))
    const topics = [{ name, numPartitions: partitions, replicationFactor: 1, assignments: [], configs }]
    const created = await client.ask(CreateTopics, { topics, timeoutMs: 10_000, validateOnly: false })
    if (created.topics[0]?.errorCode !== 0) throw new Error(`${name}: ${created.topics[0]?.errorMessage}`)
    return this.known(name)
  }

  /** Waits until each partition of a topic can be read. */
  async known(name: string): Promise<OwnTopic> {
    const client = await this.client()
    const found = await eventually(async () => {
      const { topics } = await client.ask(Metadata, { topics: [{ name }], allowAutoTopicCreation: false })
      const [topic] = topics
      const isReady = topic?.errorCode === 0 && topic.partitions.every(one => one.errorCode === 0)
      return isReady ? topic : undefined
    })
    const leaders = found.partitions.toSorted((one, other) => one.partitionIndex - other.partitionIndex)
    const topic = { name, id: found.topicId, leaders: leaders.map(({ leaderId }) => leaderId) }
    for (const [partition, leader] of topic.leaders.entries()) {
      const reader = await this.client(leader)
      await eventually(async () => {
        const { topics } = await reader.ask(ListOffsets, {
          replicaId: -1,
          isolationLevel: 0,
          topics: [{ name, partitions: [{ partitionIndex: partition, timestamp: -1n }] }],
        })
        return topics[0]?.partitions[0]?.errorCode === 0 ? true : undefined
      })
    }
    return topic
  }

  /** A connection to the broker that leads a partition. */
  leader(topic: OwnTopic, partition = 0): Promise<RawClient> {
    return this.client(topic.leaders[partition] ?? 1)
  }

  /** A connection to the coordinator of a group (0) or a transactional id (1). */
  async coordinator(key: string, keyType = 0, clientId?: string): Promise<RawClient> {
    const { coordinator } = await this.coordinators(key, keyType)
    return this.client(coordinator, clientId)
  }

  /** Which broker coordinates it, once it is able to, and which does not. */
  async coordinators(key: string, keyType = 0): Promise<{ coordinator: number; other: number }> {
    const client = await this.client()
    const { nodeId } = await eventually(async () => {
      const { coordinators } = await client.ask(FindCoordinator, { keyType, coordinatorKeys: [key] })
      return coordinators[0]?.errorCode === 0 ? coordinators[0] : undefined
    })
    const coordinator = await this.client(nodeId)
    if (keyType === 0) {
      await eventually(async () => {
        const { groups } = await coordinator.ask(DescribeGroups, { groups: [key] })
        const isAble = groups.every(({ errorCode }) => [0, codeOf('GROUP_ID_NOT_FOUND')].includes(errorCode))
        return isAble || undefined
      })
    }
    return { coordinator: nodeId, other: 3 - nodeId }
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }
}

/** Asks again and again until there is an answer. */
export async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await sleep(50)
  }
  throw new Error('waited in vain')
}

/** A batch of these values, of this moment unless `timestamps` says otherwise. */
export function batchOf(
  values: readonly (string | null)[],
  options: RecordBatchOptions & { key?: string; timestamps?: readonly bigint[] } = {},
): Buffer {
  const { key, timestamps, ...header } = options
  const writer = new RecordBatchWriter(header)
  values.forEach((value, index) => {
    const timestamp = timestamps?.[index] ?? BigInt(Date.now())
    writer.append({
      key: key === undefined ? null : Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      timestamp,
    })
  })
  return writer.close()
}

/** Produces bytes to a partition; what is said of that partition. */
export async function produce(
  client: RawClient,
  topic: OwnTopic,
  records: Buffer | null,
  options: { partition?: number; acks?: number; version?: number; transactionalId?: string } = {},
) {
  const { partition = 0, acks = -1, version = Produce.versions.stable, transactionalId = null } = options
  const { responses } = await client.ask(
    Produce,
    {
      transactionalId,
      acks,
      timeoutMs: 5000,
      topicData: [{ name: topic.name, topicId: topic.id, partitionData: [{ index: partition, records }] }],
    },
    version,
  )
  const answer = responses[0]?.partitionResponses[0]
  if (answer === undefined) throw new Error('no answer for the partition')
  return answer
}

/** How a partition is fetched. */
export interface FetchOptions {
  readonly partition?: number
  readonly offset?: bigint
  readonly maxWaitMs?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  readonly partitionMaxBytes?: number
  readonly isolationLevel?: number
  readonly currentLeaderEpoch?: number
  readonly lastFetchedEpoch?: number
  readonly sessionId?: number
  readonly sessionEpoch?: number
  readonly version?: number
}

/** The body of a fetch of one partition. */
export function fetchOf(topic: OwnTopic, options: FetchOptions = {}) {
  return {
    maxWaitMs: options.maxWaitMs ?? 0,
    minBytes: options.minBytes ?? 1,
    maxBytes: options.maxBytes ?? 1 << 20,
    isolationLevel: options.isolationLevel ?? 0,
    sessionId: options.sessionId ?? 0,
    sessionEpoch: options.sessionEpoch ?? -1,
    topics: [
      {
        topic: topic.name,
        topicId: topic.id,
        partitions: [
          {
            partition: options.partition ?? 0,
            currentLeaderEpoch: options.currentLeaderEpoch ?? -1,
            fetchOffset: options.offset ?? 0n,
            lastFetchedEpoch: options.lastFetchedEpoch ?? -1,
            partitionMaxBytes: options.partitionMaxBytes ?? 1 << 20,
          },
        ],
      },
    ],
  }
}

/** Fetches one partition; what is said of it, its records as texts. */
export async function fetch(client: RawClient, topic: OwnTopic, options: FetchOptions = {}) {
  const { responses, errorCode } = await client.ask(Fetch, fetchOf(topic, options), options.version)
  const [partition] = responses[0]?.partitions ?? []
  if (partition === undefined) throw new Error(`nothing of the partition, error ${errorCode}`)
  return { ...partition, values: valuesOf(partition.records) }
}

/** The values in batches, those of control records left out, as `offset:value`. */
export function valuesOf(records: Buffer | null): string[] {
  const batches = [...recordBatches(records ?? Buffer.alloc(0))].filter(({ isControl }) => !isControl)
  return batches.flatMap(batch => [...batch].map(({ offset, value }) => `${offset}:${value}`))
}
