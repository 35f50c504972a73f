import type { Observable } from 'rxjs'
import { Cluster } from './cluster/cluster.js'
import { type Cold, cold } from './cluster/cold.js'
import { checkNewTopic, createTopics, type NewTopic } from './cluster/create-topics.js'
import { deleteTopics } from './cluster/delete-topics.js'
import type { KafkaEvent } from './cluster/kafka-event.js'
import { type KafkaOptions, kafkaSettings } from './cluster/kafka-options.js'
import { checkTarget, type RequestTarget } from './cluster/request-target.js'
import type { Topic } from './cluster/topic.js'
import { topics } from './cluster/topics.js'
import { checkTimeout } from './connection/check-arguments.js'
import { checkOptions, describe } from './errors/check-options.js'
import { ArgumentError } from './errors.js'
import { Producer } from './producer/producer.js'
import { type ProducerOptions, producerConfig } from './producer/producer-options.js'
import type { Data } from './producer/producer-record.js'
import { Sender } from './producer/sender.js'
import type { Api } from './protocol/api.js'

type OneOrMore<T> = T | readonly T[]

/** Options of {@link Kafka.request}. */
export interface KafkaRequestOptions {
  /** Which broker it is for; default `'any'`. */
  readonly to?: RequestTarget | undefined
  /** In ms from the subscribe, repetitions included; default the client's `requestTimeout`. */
  readonly timeout?: number | undefined
  /** The version to ask in, instead of the highest that both sides know. */
  readonly version?: number | undefined
}

/** Options of {@link Kafka.createTopics} and {@link Kafka.deleteTopics}. */
export interface TopicsChangeOptions {
  /** In ms from the subscribe; default the client's `requestTimeout`. */
  readonly timeout?: number | undefined
}

/**
 * A Kafka cluster: the value that producers and consumers are made from.
 *
 * Holds nothing: connections are opened when something is subscribed to, shared, and closed when nobody has needed them
 * for `idleTimeout`. There is nothing to connect and nothing to close; {@link Kafka.released} tells when all is let go.
 *
 * @example
 * import { Kafka } from 'kafka-rx'
 *
 * const kafka = new Kafka({ bootstrap: 'localhost:9092' })
 * kafka.topics().subscribe(topics => console.log(topics.map(({ name }) => name)))
 */
export class Kafka {
  readonly #cluster: Cluster
  #producer: Producer | undefined
  #producers = 0
  /**
   * What happens: connections, metadata, retries, rebalances. Hot, and nothing is kept for who subscribes later.
   *
   * @example
   * kafka.events.subscribe(event => console.log(event.type))
   */
  readonly events: Observable<KafkaEvent>
  /**
   * Emits once and completes when nothing is open and nothing under way any more; while it is subscribed to, what is
   * idle is closed at once.
   *
   * @example
   * await firstValueFrom(kafka.released)
   */
  readonly released: Cold<void>

  /** @throws {ArgumentError} when an option cannot be right */
  constructor(options: KafkaOptions) {
    this.#cluster = new Cluster(kafkaSettings(options))
    this.events = this.#cluster.events.stream
    this.released = cold(this.#cluster.released)
  }

  /**
   * Asks one broker, the right one: the leader, coordinator or controller is looked up, and asked again where it has
   * moved. Emits the response as it was decoded and completes.
   *
   * What was unsent, or does no harm when done twice, is repeated inside `timeout`; what may have had its effect is told
   * with `outcome`.
   *
   * @throws {ArgumentError} when an option cannot be right
   * Errors with {@link ConnectError} naming every server and its reason when none can be reached in time, else as
   * {@link Broker.request}.
   *
   * @example
   * kafka
   *   .request(DescribeGroups, { groups: ['billing'] }, { to: { coordinator: { group: 'billing' } } })
   *   .subscribe(({ groups }) => console.log(groups[0]?.groupState))
   */
  request<Body, Response>(api: Api<Body, Response>, body: Body, options: KafkaRequestOptions = {}): Cold<Response> {
    checkOptions(options, { to: true, timeout: true, version: true }, 'request()')
    const { to = 'any', timeout = this.#cluster.settings.requestTimeout, version } = options
    checkTarget(to)
    checkTimeout(timeout)
    return cold(this.#cluster.during(this.#cluster.request(api, { body, to, timeout, version })))
  }

  /**
   * The topics of these names, or all, as one broker knows them now; emits once and completes.
   *
   * Errors with a {@link BrokerError} that names the topic when one is not there.
   *
   * @example
   * kafka.topics('orders').subscribe(([orders]) => console.log(orders?.partitions.length))
   */
  topics(names?: OneOrMore<string>): Cold<readonly Topic[]> {
    return cold(this.#cluster.during(topics(this.#cluster, names === undefined ? undefined : checkNames(names))))
  }

  /**
   * Makes topics; emits them, as they are then, once every broker knows of them, and completes.
   *
   * Errors with a {@link BrokerError} that names the topic, as TOPIC_ALREADY_EXISTS; those before it in the list may be
   * made all the same.
   *
   * @example
   * kafka.createTopics({ name: 'orders', partitions: 6 }).subscribe(([orders]) => console.log(orders?.id))
   */
  createTopics(newTopics: OneOrMore<NewTopic>, options: TopicsChangeOptions = {}): Cold<readonly Topic[]> {
    const list = Array.isArray(newTopics) ? (newTopics as readonly NewTopic[]) : [newTopics as NewTopic]
    for (const topic of list) checkNewTopic(topic)
    const timeout = this.#timeoutOf(options, 'createTopics()')
    return cold(this.#cluster.during(createTopics(this.#cluster, list, timeout)))
  }

  /**
   * Writes records; without options always the same one. Holds nothing until something is sent.
   *
   * @throws {ArgumentError} when an option cannot be right
   * @throws {CompressionError} when this process cannot use the codec: its package is missing, or this node has no zstd
   *
   * @example
   * orders$.pipe(kafka.producer().produce(order => ({ topic: 'orders', key: order.id, value: JSON.stringify(order) }))).subscribe()
   */
  producer(): Producer
  producer<K = Data, V = Data>(options: ProducerOptions<K, V>): Producer<K, V>
  producer<K = Data, V = Data>(options?: ProducerOptions<K, V>): Producer<K, V> {
    if (options !== undefined) return this.#newProducer(options)
    this.#producer ??= this.#newProducer({})
    return this.#producer as unknown as Producer<K, V>
  }

  #newProducer<K, V>(options: ProducerOptions<K, V>): Producer<K, V> {
    return new Producer(new Sender(this.#cluster, producerConfig(options), `produce:${this.#producers++}`))
  }

  /**
   * Deletes topics and all that is in them; emits once when no broker knows of them any more, and completes.
   *
   * @example
   * kafka.deleteTopics('orders').subscribe()
   */
  deleteTopics(names: OneOrMore<string>, options: TopicsChangeOptions = {}): Cold<void> {
    const [list, timeout] = [checkNames(names), this.#timeoutOf(options, 'deleteTopics()')]
    return cold(this.#cluster.during(deleteTopics(this.#cluster, list, timeout)))
  }

  #timeoutOf(options: TopicsChangeOptions, at: string): number {
    checkOptions(options, { timeout: true }, at)
    checkTimeout(options.timeout)
    return options.timeout ?? this.#cluster.settings.requestTimeout
  }
}

function checkNames(names: OneOrMore<string>): readonly string[] {
  const list: readonly unknown[] = Array.isArray(names) ? names : [names]
  for (const name of list) {
    if (typeof name !== 'string' || name === '') throw new ArgumentError(`a topic has a name; got ${describe(name)}`)
  }
  return list as readonly string[]
}
