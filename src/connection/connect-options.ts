import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { SchedulerLike } from 'rxjs'
import { describe, type OptionNames } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { checkBoolean, checkFunction, checkInteger, checkScheduler, checkTimeout } from './check-arguments.js'
import { checkTls } from './check-tls.js'
import { systemScheduler, turnsOf } from './system-scheduler.js'
import { tcp } from './tcp.js'
import type { Endpoint, Transport } from './transport.js'

/** Where to connect and how; only `host` has no default. */
export interface ConnectOptions {
  /** A name or an address; an IPv6 address with or without brackets. */
  readonly host: string
  /** Default 9092. */
  readonly port?: number | undefined
  /**
   * In ms, default 1500: how long connecting may take in all, DNS and TLS included, and the default deadline of each
   * read and write on the connection. `Infinity`: none.
   */
  readonly timeout?: number | undefined
  /** IP version: 4, 6, or 0 for either (the default). */
  readonly family?: 0 | 4 | 6 | undefined
  /** Default false. True, or options as node's `tls.connect` takes them: `{ ca, cert, key, servername, … }`. */
  readonly tls?: boolean | TlsOptions | undefined
  /** Send small writes at once (TCP_NODELAY). Default true. */
  readonly noDelay?: boolean | undefined
  /** Idle time in ms before the kernel probes the peer, or false for no probes. Default 60000. */
  readonly keepAlive?: number | false | undefined
  /** The longest message to send, and the longest frame that {@link decodeFrames} accepts. Default 104857600 (100 MiB). */
  readonly maxMessageBytes?: number | undefined
  /** How much may wait to be written before {@link BacklogError}. Default twice `maxMessageBytes`. */
  readonly maxQueuedBytes?: number | undefined
  /** What opens the socket. Default `tcp()`; tests use `scripted()` of `kafka-rx/testing`. */
  readonly transport?: Transport | undefined
  /**
   * Whose clock and timers count the deadlines. Default: asyncScheduler's timers, which are virtual inside
   * `TestScheduler.run`, on a clock that does not follow changes of the wall clock.
   */
  readonly scheduler?: SchedulerLike | undefined
  /**
   * Where that happens which must not happen inside a call: on the next turn. Default: microtasks; beside a
   * `scheduler` of one's own, that one without a delay, so that it alone drives all that the client does.
   */
  readonly turns?: SchedulerLike | undefined
}

/** Of all options of {@link connect}. */
export const connectOptionNames: OptionNames<ConnectOptions> = {
  host: true,
  port: true,
  timeout: true,
  family: true,
  tls: true,
  noDelay: true,
  keepAlive: true,
  maxMessageBytes: true,
  maxQueuedBytes: true,
  transport: true,
  scheduler: true,
  turns: true,
}

/** {@link ConnectOptions} checked and complete. */
export interface ConnectSettings extends Endpoint {
  readonly maxMessageBytes: number
  readonly maxQueuedBytes: number
  readonly transport: Transport
  readonly turns: SchedulerLike
}

/** Checks and completes the options, but for names that are not known here: broker() has more. Throws ArgumentError. */
export function connectSettings(options: ConnectOptions): ConnectSettings {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError(`the options must be an object with at least a host; got ${describe(options)}`)
  }
  const { port = 9092, timeout = 1500, family = 0, tls = false, noDelay = true, keepAlive = 60_000 } = options
  const { maxMessageBytes = 104_857_600, maxQueuedBytes = 2 * maxMessageBytes } = options
  const { transport = tcp(), scheduler = systemScheduler } = options
  const { turns = turnsOf(scheduler) } = options
  const host = checkHost(options.host)
  checkInteger('port', port, 1, 65_535)
  checkTimeout(timeout)
  checkFamily(host, family)
  checkTls(tls)
  checkBoolean('noDelay', noDelay)
  if (keepAlive !== false) checkInteger('keepAlive', keepAlive, 1, 2 ** 31 - 1)
  checkInteger('maxMessageBytes', maxMessageBytes, 1, 2 ** 31 - 1)
  checkInteger('maxQueuedBytes', maxQueuedBytes, 1, Number.MAX_SAFE_INTEGER)
  checkFunction('transport', transport)
  checkScheduler(scheduler)
  checkScheduler(turns, 'turns')
  return {
    host,
    port,
    timeout,
    family,
    tls,
    noDelay,
    keepAlive,
    maxMessageBytes,
    maxQueuedBytes,
    transport,
    scheduler,
    turns,
  }
}

function checkHost(host: string): string {
  const name = typeof host === 'string' ? host.replace(/^\[(.*)\]$/, '$1') : ''
  if (name.trim() === '') throw new ArgumentError(`host must be a name or an address; got ${describe(host)}`)
  const [, alone, port] = /^(?:[a-z][a-z+_]*:\/\/)?(\[.*\]|[^:/]*):(\d+)$/i.exec(host) ?? []
  if (port !== undefined) {
    throw new ArgumentError(`host has a port in it: give the two apart, host '${alone}' and port ${port}`)
  }
  return name
}

function checkFamily(host: string, family: number): void {
  if (family !== 0 && family !== 4 && family !== 6) {
    throw new ArgumentError(`family must be 0 (any), 4 or 6; got ${describe(family)}`)
  }
  const literal = host.includes(':') ? 6 : /^\d+\.\d+\.\d+\.\d+$/.test(host) ? 4 : 0
  if (family !== 0 && literal !== 0 && literal !== family) {
    throw new ArgumentError(`${host} is an IPv${literal} address, but family asks for IPv${family}: change one of them`)
  }
}
