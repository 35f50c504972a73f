import {
  catchError,
  concatMap,
  defer,
  map,
  type Observable,
  type ObservableInput,
  of,
  switchMap,
  take,
  throwIfEmpty,
} from 'rxjs'
import { messageOf } from '../../connection/message-of.js'
import { AuthenticationError } from '../../errors.js'
import { errors } from '../../protocol/error-codes.js'
import type {
  SaslAuthenticateRequestInput,
  SaslAuthenticateResponse,
} from '../../protocol/messages/sasl-authenticate.js'
import type { SaslHandshakeResponse } from '../../protocol/messages/sasl-handshake.js'
import { brokerError } from '../broker-error.js'
import type { RandomBytes } from '../random-bytes.js'
import type { Conversation, Refuse } from './conversation.js'
import { oauthbearer } from './oauthbearer.js'
import { plain } from './plain.js'
import type { SaslOptions } from './sasl-options.js'
import { scram } from './scram.js'

/** What authentication asks of the broker. */
export interface SaslRequests {
  /** Nothing but this authentication is sent until it has ended. */
  during<T>(authentication: Observable<T>): Observable<T>
  handshake(mechanism: string): Observable<SaslHandshakeResponse>
  authenticate(body: SaslAuthenticateRequestInput): Observable<SaslAuthenticateResponse>
  /** Errors with what `error` makes once the time for all of it is over. */
  inTime<T>(source: Observable<T>, error: () => Error): Observable<T>
}

/** Of chance, in a nonce: 20 characters of base64, which has no comma. */
const NONCE_BYTES = 15

/**
 * Authenticates once; emits for how many ms that is good, 0 for ever. A token is asked for first, while other requests
 * still go.
 */
export function authenticate(
  requests: SaslRequests,
  sasl: SaslOptions,
  random: RandomBytes,
  peer: string,
): Observable<number> {
  const { mechanism } = sasl
  const refuse: Refuse = (reason, options) =>
    new AuthenticationError(`cannot authenticate to ${peer} by ${mechanism}: ${reason}`, { ...options, mechanism })
  const converse = (conversation: Conversation): Observable<number> =>
    requests.handshake(mechanism).pipe(
      concatMap(response => {
        checkHandshake(response, refuse)
        return say(conversation.first, conversation)
      }),
    )
  const say = (bytes: Buffer, conversation: Conversation): Observable<number> =>
    requests.authenticate({ authBytes: bytes }).pipe(
      concatMap(response => {
        checkAnswer(response, conversation, refuse)
        const answer = conversation.next(response.authBytes)
        return answer === undefined ? of(Number(response.sessionLifetimeMs)) : say(answer, conversation)
      }),
    )
  return begin(requests, sasl, random, refuse).pipe(switchMap(conversation => requests.during(converse(conversation))))
}

function begin(
  { inTime }: SaslRequests,
  sasl: SaslOptions,
  random: RandomBytes,
  refuse: Refuse,
): Observable<Conversation> {
  if (sasl.mechanism === 'OAUTHBEARER') {
    const { token, extensions = {} } = sasl
    const tooLate = () => new Error('it did not give one in time')
    return inTime(
      defer(() => tokenOf(token())),
      tooLate,
    ).pipe(
      take(1),
      throwIfEmpty(() => new Error('it completed without a token')),
      catchError(cause => {
        throw refuse(`the token provider failed: ${messageOf(cause)}`, { cause, retriable: true })
      }),
      map(value => oauthbearer({ token: value, extensions, refuse })),
    )
  }
  return defer(() => {
    const { mechanism, username, password } = sasl
    if (mechanism === 'PLAIN') return of(plain(username, password))
    const nonce = Buffer.from(random(NONCE_BYTES)).toString('base64')
    return of(scram({ mechanism, username, password, nonce, refuse }))
  })
}

/** A string is the token, not the sequence of its letters. */
function tokenOf(given: ObservableInput<string>): ObservableInput<string> {
  return typeof given === 'string' ? of(given) : given
}

function checkHandshake({ errorCode, mechanisms }: SaslHandshakeResponse, refuse: Refuse): void {
  if (errorCode === errors.NONE.code) return
  const cause = brokerError(errorCode, 'SaslHandshake')
  if (errorCode === errors.UNSUPPORTED_SASL_MECHANISM.code) {
    throw refuse(`the listener does not offer it; set sasl.mechanism to one of ${mechanisms.join(', ')}`, { cause })
  }
  if (errorCode === errors.ILLEGAL_SASL_STATE.code) {
    throw refuse('the listener does not ask for SASL: leave out `sasl`, or connect to the port of one that does', {
      cause,
    })
  }
  throw refuse(cause.message, { cause, retriable: cause.retriable })
}

function checkAnswer(response: SaslAuthenticateResponse, { secret }: Conversation, refuse: Refuse): void {
  const { errorCode, errorMessage } = response
  if (errorCode === errors.NONE.code) return
  const cause = brokerError(errorCode, 'SaslAuthenticate')
  // A broker might repeat what it was told.
  const said = errorMessage && !errorMessage.includes(secret) ? `the broker says "${errorMessage}"` : cause.message
  const isRefused = errorCode === errors.SASL_AUTHENTICATION_FAILED.code
  throw refuse(isRefused ? `${said}; ${whatToCheck}` : said, { cause, retriable: cause.retriable })
}

const whatToCheck =
  'check username and password (each mechanism of SCRAM has credentials of its own), or what the token was issued for'
