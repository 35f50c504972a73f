import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { type BrokerOptions, brokerOptionNames, brokerSettings } from '../broker/broker-options.js'
import type { RandomBytes } from '../broker/random-bytes.js'
import { checkInteger, checkTimeout } from '../connection/check-arguments.js'
import { type Clock, idleScheduler } from '../connection/system-scheduler.js'
import { checkOptions, describe, type OptionNames } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import type { RetryBackoff } from './backoff.js'
import { type Address, parseBootstrap } from './bootstrap.js'

/** Options of {@link Kafka}: those of {@link broker} for every connection, and how to find the cluster. */
export interface KafkaOptions extends Omit<BrokerOptions, 'host' | 'port'> {
  /** `'a:9092,b:9092'` or a list; port 9092 where left out; each name may resolve to many addresses. */
  readonly bootstrap: string | readonly string[]
  /** How long the opening of one connection may take, in ms: names, TLS, versions, authentication. Default 10000. */
  readonly timeout?: number | undefined
  /** After how long what is known of topics and brokers is asked for anew, in ms. Default 300000. */
  readonly metadataMaxAge?: number | undefined
  /** Doubled from `initial` (100 ms) to `max` (1000 ms), from the second time on with jitter from `random`. */
  readonly retryBackoff?: { readonly initial?: number | undefined; readonly max?: number | undefined } | undefined
  /** How long a connection that nobody uses is kept, in ms, or `Infinity`. Default 60000. */
  readonly idleTimeout?: number | undefined
}

/** The options, checked and with their defaults. */
export interface KafkaSettings {
  /** Of each connection. */
  readonly broker: Omit<BrokerOptions, 'host' | 'port'>
  readonly bootstrap: readonly Address[]
  readonly metadataMaxAge: number
  readonly retryBackoff: RetryBackoff
  readonly idleTimeout: number
  readonly requestTimeout: number
  readonly scheduler: SchedulerLike
  /** Whose timers keep no process alive. */
  readonly idleScheduler: SchedulerLike
  /** Where what must not happen inside a call happens. */
  readonly turns: SchedulerLike
  /** The time of day, which `scheduler` may not have. */
  readonly wallClock: Clock
  readonly random: RandomBytes
}

const { host: _, port: __, meant: ___, ...ofBroker } = brokerOptionNames
const names: OptionNames<KafkaOptions> = {
  ...ofBroker,
  bootstrap: true,
  metadataMaxAge: true,
  retryBackoff: true,
  idleTimeout: true,
}

/** Checks and completes the options. Throws ArgumentError. */
export function kafkaSettings(options: KafkaOptions): KafkaSettings {
  checkOptions(options, names, 'new Kafka()')
  const { bootstrap, metadataMaxAge = 300_000, retryBackoff = {}, idleTimeout = 60_000, timeout = 10_000 } = options
  const { bootstrap: _1, metadataMaxAge: _2, retryBackoff: _3, idleTimeout: _4, ...given } = options
  if (bootstrap === undefined) throw new ArgumentError("new Kafka() needs `bootstrap`: 'host:port' of a broker or more")
  const addresses = parseBootstrap(bootstrap)
  const broker = { ...given, timeout }
  const { requestTimeout, random, connect } = brokerSettings({ ...broker, host: 'localhost' })
  checkTimeout(metadataMaxAge, 'metadataMaxAge')
  checkTimeout(idleTimeout, 'idleTimeout')
  if (typeof retryBackoff !== 'object' || retryBackoff === null) {
    throw new ArgumentError(`retryBackoff must be { initial, max }; got ${describe(retryBackoff)}`)
  }
  checkOptions(retryBackoff, { initial: true, max: true }, 'retryBackoff')
  const { initial = 100, max = Math.max(1000, initial) } = retryBackoff
  checkInteger('retryBackoff.initial', initial, 1, 2 ** 31 - 1)
  checkInteger('retryBackoff.max', max, initial, 2 ** 31 - 1)
  return {
    broker,
    bootstrap: addresses,
    metadataMaxAge,
    retryBackoff: { initial, max },
    idleTimeout,
    requestTimeout,
    scheduler: connect.scheduler,
    idleScheduler: options.scheduler ?? idleScheduler,
    turns: connect.turns,
    wallClock: options.scheduler ?? asyncScheduler,
    random,
  }
}
