import { type Observable, Observable as Rx, type SchedulerLike, Subscription, timer } from 'rxjs'
import { AuthenticationError, ConnectError, type KafkaError, UnsupportedVersionError } from '../errors.js'
import type { Address } from './bootstrap.js'

/** One that may be asked, and whether it is known for a broker of the cluster or only named by `bootstrap`. */
export interface Candidate {
  readonly address: Address
  readonly isBootstrap: boolean
}

/** An answer, and whose it is. */
export interface Answer<T> {
  readonly value: T
  readonly from: Candidate
}

/** How {@link askAny} goes about it. */
export interface AskAnyOptions {
  readonly scheduler: SchedulerLike
  /** Called when all known brokers have failed. */
  readonly onUnreachable: () => void
  /** Whether an error is not to be answered by asking the next one. */
  readonly isFinal: (error: unknown) => boolean
  /** Whether two may be asked at once, since it does no harm when both answer. */
  readonly mayHedge: boolean
}

/** For so long the next one is not asked as well: one that is frozen, or a hole in the network, takes no longer, in ms. */
const PATIENCE = 2000

/**
 * Asks one after another until one answers: the next one when the one before has failed, or has said nothing for two
 * seconds and is not given up for that.
 *
 * Errors with a {@link ConnectError} that names each and its reason when none could be reached, with what a request
 * failed of otherwise; at once with what is final.
 */
export function askAny<T>(
  candidates: readonly Candidate[],
  ask: (candidate: Candidate) => Observable<T>,
  options: AskAnyOptions,
): Observable<Answer<T>> {
  return new Rx(subscriber => {
    const failures: Failure[] = []
    let next = 0
    let underWay = 0
    let known = candidates.filter(({ isBootstrap }) => !isBootstrap).length
    let impatience = Subscription.EMPTY

    function begin(): void {
      impatience.unsubscribe()
      const from = candidates[next]
      if (subscriber.closed) return
      if (from === undefined) {
        if (underWay === 0) subscriber.error(failures.find(wasReached)?.error ?? unreachable(failures))
        return
      }
      next++
      underWay++
      if (options.mayHedge && next < candidates.length) {
        impatience = timer(PATIENCE, options.scheduler).subscribe(begin)
        subscriber.add(impatience)
      }
      const asked = ask(from).subscribe({
        next: value => {
          subscriber.next({ value, from })
          subscriber.complete()
        },
        error: error => {
          underWay--
          failures.push({ address: from.address, error })
          if (options.isFinal(error)) {
            subscriber.error(error)
            return
          }
          if (!from.isBootstrap && --known === 0) options.onUnreachable()
          begin()
        },
      })
      subscriber.add(asked)
    }

    begin()
  })
}

/** Why one could not be reached. */
export interface Failure {
  readonly address: Address
  readonly error: unknown
}

function wasReached({ error }: Failure): boolean {
  return !(error instanceof ConnectError)
}

/** None could be reached: names each and its reason. Not retriable where every one of them has to be corrected. */
export function unreachable(failures: readonly Failure[]): ConnectError {
  const reasons = failures.map(({ address: { host, port }, error }) => `${host}:${port}: ${reasonOf(error)}`)
  const { host, port } = failures[0]?.address ?? { host: '', port: 0 }
  const what = failures.length === 1 ? 'the only server named' : `any of ${failures.length} servers`
  return new ConnectError(`cannot reach ${what}: ${reasons.join('; ')}`, {
    host,
    port,
    outcome: 'unsent',
    retriable: failures.some(({ error }) => (error as Partial<KafkaError>).retriable !== false),
    cause:
      failures.length === 1
        ? failures[0]?.error
        : new AggregateError(
            failures.map(({ error }) => error),
            'none could be reached',
          ),
  })
}

/** The reason alone, where the message begins with the address too. */
function reasonOf(error: unknown): string {
  return String((error as KafkaError).message ?? error).replace(/^cannot connect to [^ ]+: /, '')
}

/**
 * Whether trying again, or elsewhere, would find the same: wrong credentials, TLS that does not fit, versions. Not that
 * a name is unknown: others may be right, and those of pods come and go.
 */
export function isHopeless(error: unknown): boolean {
  if (error instanceof ConnectError) return !error.retriable && !isUnknownName(error)
  if (error instanceof AuthenticationError) return !error.retriable
  return error instanceof UnsupportedVersionError
}

/** Of one name, or of all that were tried. */
function isUnknownName({ cause }: { readonly cause?: unknown }): boolean {
  if (cause instanceof AggregateError) return cause.errors.some(isUnknownName)
  if (cause instanceof ConnectError) return isUnknownName(cause)
  return (cause as { readonly code?: unknown } | undefined)?.code === 'ENOTFOUND'
}
