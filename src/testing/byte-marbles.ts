import { inspect } from 'node:util'
import {
  map,
  type Observable,
  type ObservableNotification,
  type OperatorFunction,
  type SchedulerAction,
  type Subscription,
} from 'rxjs'
import { type RunHelpers, TestScheduler } from 'rxjs/testing'

/**
 * Bytes as text, so that a marble's value is a string.
 *
 * @example
 * connection.pipe(receive(4), text).subscribe(slice => console.log(slice))
 */
export const text: OperatorFunction<Uint8Array, string> = (source: Observable<Uint8Array>) =>
  source.pipe(map(bytes => Buffer.from(bytes).toString()))

/**
 * Bytes in hex, so that a marble's value is a string.
 *
 * @example
 * connection.pipe(decodeFrames(), hex).subscribe(frame => console.log(frame))
 */
export const hex: OperatorFunction<Uint8Array, string> = (source: Observable<Uint8Array>) =>
  source.pipe(map(bytes => Buffer.from(bytes).toString('hex')))

/**
 * Runs marble tests whose failures a person can read: bytes are shown as text, errors as name and message, and what
 * happened when as a line, as in `5 ms: next "abc"`. An expected error may be given as its name and message.
 *
 * @param deepEqual  how the test runner compares
 *
 * @example
 * const marbles = byteMarbles((actual, expected) => expect(actual).toEqual(expected))
 * marbles(({ expectObservable, cold }) => {
 *   const source = cold('-a-b|', { a: Buffer.from('abc'), b: Buffer.from('d') })
 *   expectObservable(source.pipe(receive(2), text)).toBe('-a-b|', { a: 'ab', b: 'cd' })
 * })
 */
export function byteMarbles(deepEqual: (actual: unknown, expected: unknown) => void) {
  return <R>(test: (helpers: RunHelpers) => R): R =>
    new Scheduler((actual, expected) => deepEqual(readable(actual), readable(expected))).run(test)
}

/**
 * RxJS's own throws when, in the frame where a timer is due, an immediate runs in its place and clears it: as a read
 * does that ends the connection in the very frame of some deadline. Nothing is amiss then, and nothing left to do.
 */
class Scheduler extends TestScheduler {
  override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription {
    const forgiving = function (this: SchedulerAction<T>, state?: T): void {
      try {
        work.call(this, state)
      } catch (error) {
        if (!(error instanceof Error && error.message === 'Expected a due immediate or interval')) throw error
      }
    }
    return super.schedule(forgiving, delay, state)
  }
}

/** A value with bytes, errors and notifications turned into strings, at any depth. */
function readable(value: unknown): unknown {
  if (isTimed(value)) return timed(value)
  if (value instanceof Uint8Array) return `bytes "${Buffer.from(value).toString('latin1')}"`
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (Array.isArray(value)) return value.map(readable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, readable(part)]))
}

/** What a TestScheduler compares: a notification and when it came. */
interface Timed {
  readonly frame: number
  readonly notification: ObservableNotification<unknown>
}

function isTimed(value: unknown): value is Timed {
  return typeof value === 'object' && value !== null && 'frame' in value && 'notification' in value
}

/** One line, or an object whose differences can be shown. */
function timed({ frame, notification }: Timed): unknown {
  if (notification.kind === 'C') return `${frame} ms: complete`
  const [kind, value] = notification.kind === 'N' ? ['next', notification.value] : ['error', notification.error]
  const shown = readable(value)
  const when = `${frame} ms: ${kind}`
  if (value instanceof Uint8Array || (kind === 'error' && typeof shown === 'string')) return `${when} ${shown}`
  return typeof shown === 'object' && shown !== null ? { [when]: shown } : `${when} ${inspect(shown)}`
}
