import { EMPTY, expand, ignoreElements, type Observable, of, retry, switchMap, throwError, timer } from 'rxjs'
import { idleScheduler, systemScheduler } from '../../connection/system-scheduler.js'
import { MAX_DELAY } from '../../connection/time-bounds.js'
import { AuthenticationError, BrokerError } from '../../errors.js'
import { errors } from '../../protocol/error-codes.js'
import type { BrokerSettings } from '../broker-options.js'
import type { RandomBytes } from '../random-bytes.js'

/** Kafka does not authenticate anybody anew more often, in ms. */
const LEAST_INTERVAL = 1_000

/** For how long a broker takes requests once it has authenticated somebody (KIP-368). */
export interface Session {
  /** In ms; 0 for ever. */
  readonly lifetime: number
  /** When nothing but a handshake may be sent any more; Infinity for never. */
  readonly ends: number
}

/**
 * Authenticates again and again, each time before the session ends. What may succeed when tried again is tried again as
 * long as the session lasts: requests go on meanwhile. Errors with what then is still wrong.
 */
export function renewSession(
  first: Session,
  settings: BrokerSettings,
  authenticate: () => Observable<Session>,
): Observable<never> {
  const { random, connect } = settings
  const { scheduler } = connect
  // Whoever has let go of the connection must not be kept by it until the next renewal.
  const idle = scheduler === systemScheduler ? idleScheduler : scheduler

  function renewed({ ends }: Session): Observable<Session> {
    return authenticate().pipe(
      retry({
        delay: (error, failures) => {
          if (failures === 1 && comesTooSoon(error)) return timer(LEAST_INTERVAL, scheduler)
          const left = ends - scheduler.now()
          const isOver = left <= 0 || !(error instanceof AuthenticationError && error.retriable)
          return isOver ? throwError(() => error) : timer(pause(failures, left, random), scheduler)
        },
      }),
    )
  }

  return of(first).pipe(
    expand(session => {
      if (session.lifetime === 0) return EMPTY
      return timer(renewAfter(session.lifetime, random), idle).pipe(switchMap(() => renewed(session)))
    }),
    ignoreElements(),
  )
}

/** After 85 to 95 % of its lifetime, as Kafka's own clients do: not all clients at once, and with time to spare. */
function renewAfter(lifetime: number, random: RandomBytes): number {
  return Math.min(Math.floor(lifetime * (0.85 + 0.1 * chance(random))), MAX_DELAY)
}

/**
 * Whether Kafka has refused this for coming within a second of the one before, as happens with a token that was about to
 * run out. A session that ends meanwhile can still be renewed.
 */
function comesTooSoon(error: unknown): boolean {
  const cause = error instanceof AuthenticationError ? error.cause : undefined
  return cause instanceof BrokerError && cause.code === errors.ILLEGAL_SASL_STATE.name
}

/**
 * From a second on, doubled up to half a minute; towards the end of the session after half of what is left of it, so that
 * there is a last time however short that is.
 */
function pause(failures: number, left: number, random: RandomBytes): number {
  const backoff = Math.min(LEAST_INTERVAL * 2 ** (failures - 1), 30_000) * (1 + 0.25 * chance(random))
  return Math.ceil(Math.min(backoff, Math.max(left / 2, 100)))
}

/** From 0 to 1. */
function chance(random: RandomBytes): number {
  const [byte = 0] = random(1)
  return byte / 256
}
