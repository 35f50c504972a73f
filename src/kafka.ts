import type { Observable, ObservableInput, ObservedValueOf } from 'rxjs'
import { Cluster } from './cluster/cluster.js'
import { type Cold, cold } from './cluster/cold.js'
import { checkNewTopic, createTopics, type NewTopic } from './cluster/create-topics.js'
import { deleteTopics } from './cluster/delete-topics.js'
import type { KafkaEvent } from './cluster/kafka-event.js'
import { type KafkaOptions, kafkaSettings } from './cluster/kafka-options.js'
import { checkTarget, type RequestTarget } from './cluster/request-target.js'
import type { Topic } from './cluster/topic.js'
import { topics } from './cluster/topics.js'
import { checkFunction, checkTimeout } from './connection/check-arguments.js'
import {
  type ConsumeBatchesOptions,
  type ConsumeOptions,
  consumeBatchesConfig,
  consumeBatchesOptionNames,
  consumeConfig,
  consumeOptionNames,
} from './consumer/consume-options.js'
import type { Consumer } from './consumer/consumer.js'
import type { ConsumerBatch } from './consumer/consumer-batch.js'
import { consumerConfig } from './consumer/consumer-config.js'
import type { ConsumerOptions } from './consumer/consumer-options.js'
import type { ConsumerRecord } from './consumer/consumer-record.js'
import type { Handler } from './consumer/handler.js'
import { openConsumer } from './consumer/open-consumer.js'
import { openConsuming, splitOptions } from './consumer/open-consuming.js'
import { checkOptions, describe, type OptionNames } from './errors/check-options.js'
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
  #consumers = 0
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

  /**
   * Reads records: emits the {@link Consumer} once, when it has its first assignment, empty or not, and stays until it is
   * unsubscribed. With `use`, mirrors what that returns, and leaves at its end: then what was handled is committed, and the
   * group left, before the end is told.
   *
   * Unsubscribed, it commits and leaves in the background; {@link Kafka.released} waits for that.
   *
   * ```text
   * consumer(options)         ---c----            joined after 3 ms, and there until it is unsubscribed
   * consumer(options, use)    ---a-b-c---|        what use(c) emits
   * ```
   *
   * @throws {ArgumentError} when an option cannot be right, or has no meaning beside the others
   * Errors with {@link ConnectError} when no server can be reached within `requestTimeout` and none ever was; after that it
   * rides out any outage. With {@link BrokerError} for what no retry mends, as rights that are missing; with
   * {@link OffsetOutOfRangeError} and {@link LogTruncationError} where `offsetReset` is `'error'`; with {@link ProtocolError} for a
   * batch that is corrupt.
   *
   * @example
   * kafka.consumer({ topics: 'ticks', at: 'latest' }, ticks => ticks).subscribe(({ value }) => console.log(String(value)))
   */
  consumer<K = Buffer | null, V = Buffer | null>(options: ConsumerOptions<K, V>): Cold<Consumer<K, V>>
  consumer<K = Buffer | null, V = Buffer | null, O extends ObservableInput<unknown> = ObservableInput<unknown>>(
    options: ConsumerOptions<K, V>,
    use: (consumer: Consumer<K, V>) => O,
  ): Cold<ObservedValueOf<O>>
  consumer(
    options: ConsumerOptions<unknown, unknown>,
    use?: (consumer: Consumer<unknown, unknown>) => ObservableInput<unknown>,
  ): Cold<unknown> {
    const config = consumerConfig(options)
    if (use !== undefined) checkFunction('use', use)
    return cold(openConsumer({ cluster: this.#cluster, config, id: this.#newConsumerId, ...(use && { use }) }))
  }

  /**
   * Handles each record: reads, runs `handler` for it, at most `concurrency` at once, and commits what they have handled.
   * Emits what the handlers emit.
   *
   * ```text
   * records of a partition     1--2--3-------
   * handler                    --A|            of each
   * consume(options, handler)  --A--A--A-----  the next waits for the one before
   * ```
   *
   * A handler that errors is shown to `onError`; without it, or when that errors too, the other handlers are unsubscribed,
   * what was handled is committed and the group left, and this errors. When `until` emits, no more is handed out, the
   * handlers that run end, what they handled is committed, the group left, and this completes.
   *
   * @throws {ArgumentError} when an option cannot be right, or has no meaning beside the others
   * Errors with {@link HandlerError} and {@link HandlerTimeoutError}, else as {@link Kafka.consumer}.
   *
   * @example
   * kafka.consume({ group: 'billing', topics: 'orders', concurrency: 20 }, ({ value }) => bill(value)).subscribe()
   */
  consume<K = Buffer | null, V = Buffer | null, O extends ObservableInput<unknown> = ObservableInput<unknown>>(
    options: ConsumerOptions<K, V> & ConsumeOptions,
    handler: Handler<ConsumerRecord<K, V>, O>,
  ): Cold<ObservedValueOf<O>> {
    return this.#handling('consume()', options, consumeOptionNames, consumeConfig, handler, (consumer, terms) =>
      consumer.consume(terms, handler as never),
    ) as Cold<ObservedValueOf<O>>
  }

  /**
   * The same with whole batches, as they were fetched: the fastest form.
   *
   * @throws {ArgumentError} when an option cannot be right, or has no meaning beside the others
   * Errors as {@link Kafka.consume}.
   *
   * @example
   * kafka
   *   .consumeBatches({ group: 'warehouse', topics: 'orders' }, batch => insert(Array.from(batch, ({ value }) => value)))
   *   .subscribe()
   */
  consumeBatches<K = Buffer | null, V = Buffer | null, O extends ObservableInput<unknown> = ObservableInput<unknown>>(
    options: ConsumerOptions<K, V> & ConsumeBatchesOptions,
    handler: Handler<ConsumerBatch<K, V>, O>,
  ): Cold<ObservedValueOf<O>> {
    return this.#handling(
      'consumeBatches()',
      options,
      consumeBatchesOptionNames,
      consumeBatchesConfig,
      handler,
      (consumer, terms) => consumer.consumeBatches(terms, handler as never),
    ) as Cold<ObservedValueOf<O>>
  }

  /** A consumer of its own, for what `use` does with `handler`; all is checked at the call. */
  #handling<Handling extends ConsumeOptions | ConsumeBatchesOptions>(
    at: string,
    options: object,
    names: OptionNames<Handling>,
    check: (handling: Handling) => unknown,
    handler: unknown,
    use: (consumer: Consumer<unknown, unknown>, handling: Handling) => ObservableInput<unknown>,
  ): Cold<unknown> {
    const { reading, handling } = splitOptions<Handling>(options, names)
    check(handling)
    checkFunction('handler', handler)
    const config = consumerConfig(reading, at, names)
    return cold(openConsuming({ cluster: this.#cluster, config, id: this.#newConsumerId }, handling, use))
  }

  readonly #newConsumerId = (): string => `consumer-${this.#consumers++}`

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
