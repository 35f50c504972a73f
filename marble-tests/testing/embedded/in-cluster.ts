import { defer, dematerialize, map, materialize, mergeMap, type Observable, type ObservableInput, timer } from 'rxjs'
import { type Broker, broker } from '../../../src/index.js'
import { errors } from '../../../src/protocol/error-codes.js'
import {
  Fetch,
  type FetchResponse,
  Heartbeat,
  JoinGroup,
  Produce,
  RecordBatchWriter,
  recordBatches,
} from '../../../src/protocol/index.js'
import { type EmbeddedBroker, type EmbeddedBrokerOptions, embeddedBroker } from '../../../src/testing/index.js'

/** A cluster in virtual time, and what `use` makes of it. */
export function inCluster<R>(
  options: EmbeddedBrokerOptions,
  use: (cluster: EmbeddedBroker) => ObservableInput<R>,
): Observable<R> {
  const running = embeddedBroker({ listen: false, ...options })
  return running.pipe(
    mergeMap(cluster => defer(() => use(cluster)).pipe(materialize())),
    dematerialize(),
  )
}

/** A connection of its own to a node. */
export function link<R>(
  cluster: EmbeddedBroker,
  use: (kafka: Broker) => ObservableInput<R>,
  nodeId = 1,
): Observable<R> {
  return broker({ ...linkTo(cluster, nodeId), requestTimeout: Number.POSITIVE_INFINITY }, use)
}

/** Where a node is. */
export function linkTo(cluster: EmbeddedBroker, nodeId = 1) {
  const { host, port } = cluster.brokers[nodeId - 1] ?? { host: '', port: 0 }
  return { host, port, transport: cluster.transport }
}

/** What is asked at a given time. */
export function after<R>(ms: number, ask: () => ObservableInput<R>): Observable<R> {
  return timer(ms).pipe(mergeMap(ask))
}

/** Kafka's name of an error. */
export function nameOf(errorCode: number | undefined): string {
  return Object.entries(errors).find(([, { code }]) => code === errorCode)?.[0] ?? '?'
}

/** Produces one record to partition 0 of `orders`; emits its offset. */
export function produce(kafka: Broker, value: string, batch: object = {}, transactionalId: string | null = null) {
  const writer = new RecordBatchWriter(batch)
  writer.append({ value: Buffer.from(value), timestamp: 0n })
  const topicData = [{ name: 'orders', partitionData: [{ index: 0, records: writer.close() }] }]
  const body = { transactionalId, acks: -1, timeoutMs: 1000, topicData }
  return kafka
    .request(Produce, body, { version: 12 })
    .pipe(map(({ responses }) => `at ${responses[0]?.partitionResponses[0]?.baseOffset}`))
}

/** Fetches partition 0 of `orders` from the beginning; emits the values, or the error. */
export function fetch(kafka: Broker, rest: { minBytes?: number; isolationLevel?: number; maxWaitMs?: number } = {}) {
  const partitions = [{ partition: 0, fetchOffset: 0n, currentLeaderEpoch: 0, partitionMaxBytes: 10_000 }]
  const topics = [{ topic: 'orders', partitions }]
  const body = { maxWaitMs: 20, minBytes: 1, maxBytes: 10_000, isolationLevel: 0, topics, ...rest }
  return kafka.request(Fetch, body, { version: 12 }).pipe(map(valuesOf))
}

function valuesOf({ responses }: FetchResponse): string {
  const [partition] = responses[0]?.partitions ?? []
  if (partition?.errorCode !== 0) return nameOf(partition?.errorCode)
  const batches = [...recordBatches(partition.records ?? Buffer.alloc(0))].filter(({ isControl }) => !isControl)
  const values = batches.flatMap(batch => [...batch].map(({ value }) => String(value)))
  return `[${values.join(' ')}]${partition.abortedTransactions?.length ? ' aborted' : ''}`
}

/** The timeouts of a member, in ms. */
interface Timeouts {
  readonly session?: number
  readonly rebalance?: number
}

/** Joins the group `billing` as a member; a version that gives no id first. */
export function join(kafka: Broker, memberId = '', { session = 1000, rebalance = 1000 }: Timeouts = {}) {
  const protocols = [{ name: 'range', metadata: Buffer.alloc(0) }]
  const timeouts = { sessionTimeoutMs: session, rebalanceTimeoutMs: rebalance }
  const body = { groupId: 'billing', memberId, protocolType: 'consumer', protocols, ...timeouts }
  return kafka.request(JoinGroup, body, { version: 3 })
}

/** A heartbeat of a member of `billing`; emits the error. */
export function heartbeat(kafka: Broker, { memberId, generationId }: { memberId: string; generationId: number }) {
  const body = { groupId: 'billing', memberId, generationId }
  return kafka.request(Heartbeat, body).pipe(map(({ errorCode }) => nameOf(errorCode)))
}
