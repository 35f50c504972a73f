import { checkFunction } from '../../connection/check-arguments.js'
import { checkOptions, describe, type OptionNames } from '../../errors/check-options.js'
import { ArgumentError } from '../../errors.js'

/** The mechanisms that the embedded broker knows, by Kafka's names. */
export const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

/** One of them. */
export type SaslMechanism = (typeof saslMechanisms)[number]

/** What an accepted token stands for. */
export interface AcceptedToken {
  readonly principal: string
  /** In ms since 1970. */
  readonly expires: number
}

/** How clients authenticate. */
export interface SaslListenerOptions {
  /** Passwords by name, for PLAIN and SCRAM; default: nobody has one. */
  readonly users?: Readonly<Record<string, string>> | undefined
  /** Default: all. */
  readonly mechanisms?: readonly SaslMechanism[] | undefined
  /**
   * After so many ms a client must authenticate again (KIP-368), or is cut off, as it must when its token runs out;
   * default 0: not for that reason.
   */
  readonly sessionLifetime?: number | undefined
  /**
   * What an OAUTHBEARER token stands for; undefined refuses it. Default: as Kafka does when it is not told more, a JSON
   * web token that nobody has signed is good until its `exp`, for its `sub`.
   */
  readonly token?: ((token: string, now: number) => AcceptedToken | undefined) | undefined
}

/** {@link SaslListenerOptions} checked and complete. */
export interface SaslSettings {
  readonly users: Readonly<Record<string, string>>
  readonly mechanisms: readonly SaslMechanism[]
  readonly sessionLifetime: number
  readonly token: (token: string, now: number) => AcceptedToken | undefined
}

const optionNames: OptionNames<SaslListenerOptions> = {
  users: true,
  mechanisms: true,
  sessionLifetime: true,
  token: true,
}

/** Checks and completes the options. Throws ArgumentError. */
export function saslSettings(options: SaslListenerOptions): SaslSettings {
  checkOptions(options, optionNames, 'sasl of embeddedBroker()')
  const { users = {}, mechanisms = saslMechanisms, sessionLifetime = 0, token = unsecuredToken } = options
  const unknown = mechanisms.find(name => !saslMechanisms.includes(name))
  if (unknown !== undefined || mechanisms.length === 0) {
    throw new ArgumentError(`sasl.mechanisms must be some of ${saslMechanisms.join(', ')}; got ${describe(unknown)}`)
  }
  if (!(sessionLifetime >= 0))
    throw new ArgumentError(`sasl.sessionLifetime must be a number of ms; got ${describe(sessionLifetime)}`)
  checkFunction('sasl.token', token)
  return { users, mechanisms, sessionLifetime, token }
}

function unsecuredToken(token: string, now: number): AcceptedToken | undefined {
  const [header, claims] = token.split('.').map(parseJson)
  if (header?.['alg'] !== 'none') return undefined
  const { sub, exp } = claims ?? {}
  if (typeof sub !== 'string' || typeof exp !== 'number' || exp * 1000 <= now) return undefined
  return { principal: sub, expires: exp * 1000 }
}

function parseJson(base64url: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
