import { checkFunction, checkInteger, checkTimeout } from '../connection/check-arguments.js'
import {
  type ConnectOptions,
  type ConnectSettings,
  connectOptionNames,
  connectSettings,
} from '../connection/connect-options.js'
import { checkOptions, describe, type OptionNames } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import type { BrokerKnowledge } from './negotiate.js'
import { type RandomBytes, systemRandom } from './random-bytes.js'
import { checkSasl, type SaslOptions } from './sasl/sasl-options.js'

/** Options of {@link broker}: those of {@link connect}, and those of requests. */
export interface BrokerOptions extends ConnectOptions {
  /** How long the opening may take in all, in ms: connection, versions and authentication. Default 1500. */
  readonly timeout?: number | undefined
  /** What the broker's log and quotas call this client. Default `kafka-rx`. */
  readonly clientId?: string | undefined
  /**
   * How long a request may take from its subscribe, in ms, unless it says otherwise, and how long the connection may be
   * silent while it owes an answer; a write once begun has as long, and so has each renewal of a session. Default 30000;
   * `Infinity` means no limit.
   */
  readonly requestTimeout?: number | undefined
  /** How many requests may be unanswered at once; the rest wait in order. Default 100. */
  readonly maxInFlight?: number | undefined
  /** How to authenticate, where the listener asks for it. Default: not at all. */
  readonly sasl?: SaslOptions | undefined
  /**
   * What another connection to the same broker has learnt, so that it need not be asked again: that `Broker`. Default:
   * it is asked.
   */
  readonly known?: BrokerKnowledge | undefined
  /** Where the nonces of SCRAM and the moment of the next authentication come from. Default: node's `randomBytes`. */
  readonly random?: RandomBytes | undefined
}

/** Of all options of {@link broker}. */
/** Whom a connection is meant for. */
export interface MeantBroker {
  readonly clusterId: string
  readonly nodeId: number
}

/** What who knows a cluster can say beside. */
export interface MeantBrokerOptions extends BrokerOptions {
  /** Whom the address leads to: a broker from 4.4 on that is another answers REBOOTSTRAP_REQUIRED (KIP-1242). */
  readonly meant?: MeantBroker | undefined
}

/** Every option of a broker, by name; more may be taken than users are told of. */
export const brokerOptionNames: OptionNames<MeantBrokerOptions> = {
  ...connectOptionNames,
  clientId: true,
  requestTimeout: true,
  maxInFlight: true,
  sasl: true,
  known: true,
  meant: true,
  random: true,
}

/** The options, checked and with their defaults. */
export interface BrokerSettings {
  readonly connect: ConnectSettings
  readonly clientId: string
  readonly requestTimeout: number
  readonly maxInFlight: number
  readonly sasl: SaslOptions | undefined
  readonly known: BrokerKnowledge | undefined
  readonly meant: MeantBroker | undefined
  readonly random: RandomBytes
}

const maxClientIdBytes = 32_767

/** Checks the options; throws ArgumentError for what cannot be right. */
export function brokerSettings(options: MeantBrokerOptions): BrokerSettings {
  checkOptions(options, brokerOptionNames, 'broker()')
  const { clientId = 'kafka-rx', requestTimeout = 30_000, maxInFlight = 100, sasl, known, meant } = options
  const { random = systemRandom } = options
  const connect = connectSettings(options)
  if (typeof clientId !== 'string' || Buffer.byteLength(clientId) > maxClientIdBytes) {
    throw new ArgumentError(`clientId must be a string of at most ${maxClientIdBytes} bytes; got ${describe(clientId)}`)
  }
  checkTimeout(requestTimeout, 'requestTimeout')
  if (maxInFlight !== Number.POSITIVE_INFINITY) checkInteger('maxInFlight', maxInFlight, 1, 2 ** 31 - 1)
  if (sasl !== undefined) checkSasl(sasl)
  if (known !== undefined) checkKnown(known)
  checkFunction('random', random)
  return { connect, clientId, requestTimeout, maxInFlight, sasl, known, meant, random }
}

function checkKnown(known: BrokerKnowledge): void {
  if (known?.versions instanceof Map && known.features?.levels instanceof Map) return
  throw new ArgumentError(`known must be a Broker, or have its versions and features; got ${describe(known)}`)
}
