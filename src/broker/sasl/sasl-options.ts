import type { ObservableInput } from 'rxjs'
import { checkOptions, describe, type OptionNames } from '../../errors/check-options.js'
import { ArgumentError } from '../../errors.js'

/** By name and password. SCRAM never sends the password, PLAIN does: use it over TLS. */
export interface SaslPasswordOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

/** By a token that somebody else issues. */
export interface SaslTokenOptions {
  readonly mechanism: 'OAUTHBEARER'
  /**
   * Called for each authentication, the later ones of a session that is about to end included; its first value is the
   * token. Where it fails then, or gives nothing within `requestTimeout`, it is called again until the session ends.
   *
   * @example
   * const sasl = { mechanism: 'OAUTHBEARER', token: () => fetch('https://…').then(response => response.text()) } as const
   */
  readonly token: () => ObservableInput<string>
  /** Sent beside the token (KIP-342): names of letters alone, values of ASCII. */
  readonly extensions?: Readonly<Record<string, string>> | undefined
}

/** How to authenticate. */
export type SaslOptions = SaslPasswordOptions | SaslTokenOptions

const passwordNames: OptionNames<SaslPasswordOptions> = { mechanism: true, username: true, password: true }
const tokenNames: OptionNames<SaslTokenOptions> = { mechanism: true, token: true, extensions: true }

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']

/** Throws ArgumentError for what cannot be right; says nothing of what a password or token is. */
export function checkSasl(sasl: SaslOptions): void {
  if (typeof sasl !== 'object' || sasl === null) {
    throw new ArgumentError(`sasl must be an object with a mechanism; got ${kindOf(sasl)}`)
  }
  if (!mechanisms.includes(sasl.mechanism)) {
    throw new ArgumentError(`sasl.mechanism must be one of ${mechanisms.join(', ')}; got ${describe(sasl.mechanism)}`)
  }
  if (sasl.mechanism === 'OAUTHBEARER') {
    checkOptions(sasl, tokenNames, 'sasl of OAUTHBEARER')
    checkToken(sasl)
  } else {
    checkOptions(sasl, passwordNames, `sasl of ${sasl.mechanism}`)
    checkPassword(sasl)
  }
}

function checkPassword({ mechanism, username, password }: SaslPasswordOptions): void {
  for (const [name, value] of Object.entries({ username, password })) {
    if (typeof value !== 'string' || value === '') {
      throw new ArgumentError(`sasl.${name} must be a string that is not empty; got ${kindOf(value)}`)
    }
    if (mechanism === 'PLAIN' && value.includes('\0')) {
      throw new ArgumentError(`sasl.${name} has a NUL in it, which PLAIN cannot carry`)
    }
  }
}

function checkToken({ token, extensions = {} }: SaslTokenOptions): void {
  if (typeof token !== 'function') {
    throw new ArgumentError(`sasl.token must be a function that gives the token; got ${kindOf(token)}`)
  }
  if (typeof extensions !== 'object' || extensions === null) {
    throw new ArgumentError(`sasl.extensions must be an object; got ${kindOf(extensions)}`)
  }
  for (const [name, value] of Object.entries(extensions)) {
    if (!/^[A-Za-z]+$/.test(name) || name.toLowerCase() === 'auth') {
      throw new ArgumentError(`sasl.extensions has the name "${name}": names are letters alone, and not auth`)
    }
    if (typeof value !== 'string' || !/^[\x20-\x7e\t\r\n]+$/.test(value)) {
      throw new ArgumentError(`sasl.extensions.${name} must be printable ASCII, and not empty`)
    }
  }
}

/** Unlike `describe`, without a part of the value. */
function kindOf(value: unknown): string {
  return value === '' ? 'an empty string' : value === null ? 'null' : typeof value
}
