import type { ErrorName } from '../../protocol/error-codes.js'
import type { SaslMechanism, SaslSettings } from './sasl-options.js'
import type { SaslStep } from './sasl-step.js'
import { scramServer } from './scram-server.js'

/** What SaslAuthenticate answers. */
export interface SaslAnswer {
  readonly error: ErrorName
  readonly message: string | null
  readonly bytes: Buffer
  /** In ms; 0 for one without end. */
  readonly lifetime: number
}

/** How far a connection has come in authenticating. */
export interface SaslSession {
  /** Whether the API may be asked now; if not, Kafka hangs up. */
  admits(api: string, now: number): boolean
  /** A mechanism is chosen. Behind version 0 of the request its messages come bare, as frames that are no requests. */
  handshake(mechanism: string, version: number): ErrorName
  /** Whether the next frame is such a message. */
  readonly takesBareMessages: boolean
  /** A message of the mechanism. */
  authenticate(bytes: Buffer, now: number): SaslAnswer
}

type State =
  | { readonly is: 'new' }
  | {
      readonly is: 'chosen'
      readonly isBare: boolean
      readonly step: (message: Buffer, now: number) => SaslStep
      readonly mechanism: SaslMechanism
    }
  | { readonly is: 'open'; readonly until: number }
  | { readonly is: 'refused' }

/** A connection that has to authenticate. */
export function openSaslSession(settings: SaslSettings, random: () => number): SaslSession {
  let state: State = { is: 'new' }
  /** While it authenticates anew, what it was stays: another name or mechanism is refused. */
  let was: { readonly principal: string; readonly mechanism: SaslMechanism } | undefined

  return {
    admits(api, now) {
      if (api === 'SaslHandshake') return state.is === 'new' || state.is === 'open'
      if (api === 'SaslAuthenticate') return state.is === 'chosen' || state.is === 'open'
      if (state.is === 'open') return now < state.until
      return api === 'ApiVersions' && state.is === 'new'
    },
    get takesBareMessages() {
      return state.is === 'chosen' && state.isBare
    },
    handshake(mechanism, version) {
      if (state.is === 'open' && state.until === Number.POSITIVE_INFINITY) return 'ILLEGAL_SASL_STATE'
      const known = settings.mechanisms.find(name => name === mechanism)
      if (known === undefined) return 'UNSUPPORTED_SASL_MECHANISM'
      state = { is: 'chosen', isBare: version === 0, mechanism: known, step: start(known, settings, random) }
      return 'NONE'
    },
    authenticate(bytes, now) {
      if (state.is !== 'chosen') {
        return {
          error: 'ILLEGAL_SASL_STATE',
          message: 'SaslAuthenticate comes after SaslHandshake',
          bytes: none,
          lifetime: 0,
        }
      }
      const { mechanism } = state
      const step = state.step(bytes, now)
      if ('challenge' in step) return { error: 'NONE', message: null, bytes: step.challenge, lifetime: 0 }
      const isOther =
        'principal' in step && was !== undefined && (was.principal !== step.principal || was.mechanism !== mechanism)
      if ('failed' in step || isOther) {
        state = { is: 'refused' }
        const message = `Authentication failed during authentication due to invalid credentials with SASL mechanism ${mechanism}`
        return { error: 'SASL_AUTHENTICATION_FAILED', message, bytes: none, lifetime: 0 }
      }
      const { sessionLifetime } = settings
      // A token that runs out ends a session also where the listener itself sets no limit.
      const lifetime = Math.min(step.expires - now, sessionLifetime || Number.POSITIVE_INFINITY)
      state = { is: 'open', until: now + lifetime }
      was = { principal: step.principal, mechanism }
      return { error: 'NONE', message: null, bytes: step.last, lifetime: Number.isFinite(lifetime) ? lifetime : 0 }
    },
  }
}

const none = Buffer.alloc(0)

function start(mechanism: SaslMechanism, settings: SaslSettings, random: () => number) {
  switch (mechanism) {
    case 'PLAIN':
      return plain(settings)
    case 'OAUTHBEARER':
      return oauthBearer(settings)
    case 'SCRAM-SHA-256':
      return scramServer('sha256', settings.users, random)
    case 'SCRAM-SHA-512':
      return scramServer('sha512', settings.users, random)
  }
}

/** RFC 4616: who to act for (nobody else but oneself), who one is, the password. */
function plain({ users }: SaslSettings) {
  return (message: Buffer): SaslStep => {
    const [other = '', name = '', password = ''] = message.toString().split('\0')
    const isRight = Object.hasOwn(users, name) && users[name] === password && (other === '' || other === name)
    return isRight ? { principal: name, expires: Number.POSITIVE_INFINITY, last: none } : { failed: true }
  }
}

/** RFC 7628: a token that is refused is answered with why, which the client has to acknowledge before it is told no. */
function oauthBearer({ token: accept }: SaslSettings) {
  let isRefused = false
  return (message: Buffer, now: number): SaslStep => {
    if (isRefused) return { failed: true }
    const fields = message.toString().split('\u0001')
    const token = fields.find(field => /^auth=Bearer /i.test(field))?.slice('auth=Bearer '.length) ?? ''
    const accepted = accept(token.trim(), now)
    if (accepted !== undefined) return { ...accepted, last: none }
    isRefused = true
    return { challenge: Buffer.from('{"status":"invalid_token"}') }
  }
}
