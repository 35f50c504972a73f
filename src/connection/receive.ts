import type { Observable, OperatorFunction, SchedulerLike, Subscriber } from 'rxjs'
import { checkOptions, type OptionNames } from '../errors/check-options.js'
import { checkLength, checkScheduler, checkTimeout } from './check-arguments.js'
import { type Cutter, cutSlices, type Unemitted } from './cut-slices.js'

/** Options of the operators that read. */
export interface ReceiveOptions {
  /** In ms, or `Infinity` for none. Default: the connection's `timeout`; over any other source, none. */
  readonly timeout?: number | undefined
  /** Whose clock and timers count it. Default: the connection's `scheduler`; over any other source, that of {@link connect}. */
  readonly scheduler?: SchedulerLike | undefined
}

/** Of all of {@link ReceiveOptions}. */
export const receiveOptionNames: OptionNames<ReceiveOptions> = { timeout: true, scheduler: true }

/** Length of a slice, from the slice before it and its own index. */
export type NextLength = (previous: Buffer | undefined, index: number) => number

/**
 * Cuts the bytes into exact slices, one after another, each within a deadline.
 *
 * Every slice has to come within `timeout` ms of the one before it, or of the subscribe: an absolute deadline, which a
 * trickle of bytes does not extend. Bytes that arrived in time win, however late the event loop is. What was read and
 * not emitted when the read ends (unsubscribed, `take(k)`, timed out, an error downstream) goes back to the connection
 * and is the first thing that the next reader sees. Over anything but a {@link ByteSource} it is dropped: after `tap`
 * or `map` over a connection, wrap in {@link byteSource}.
 *
 * ```text
 * source       --abcde--f--gh|
 * receive(4)   --A---------B-|      A: abcd, B: efgh
 * ```
 *
 * A slice inside one chunk is a view, not a copy, and keeps the memory read with it (up to 256 KiB) alive: to keep a
 * small slice for long, copy it with `Buffer.from(slice)`.
 *
 * With a function, each length follows from the slice before: header, body, header, body. Cancelled between the two,
 * the next such read starts at the body; where that matters use {@link decodeFrames}, which gives the header back too.
 *
 * @param length  of each slice in bytes, a positive integer; a function may also return 0, which emits an empty slice
 * @throws {ArgumentError} when `length` or `timeout` cannot be right
 * Completes when the peer closes between slices. Errors with {@link EndOfStreamError} when it closes inside one, with
 * {@link ReceiveTimeoutError} ("2 of 4 bytes") after `timeout`, with {@link ArgumentError} when the function returns
 * what is not a length, and as the connection does.
 *
 * @example
 * connection.pipe(receive(4), take(1)).subscribe(header => console.log(header.readInt32BE()))
 *
 * @example
 * const headerThenBody = receive((previous, index) => (index % 2 === 0 ? 4 : (previous?.readInt32BE() ?? 0)))
 * connection.pipe(headerThenBody).subscribe(console.log)
 */
export function receive(
  length: number | NextLength,
  options: ReceiveOptions = {},
): OperatorFunction<Uint8Array, Buffer> {
  checkOptions(options, receiveOptionNames, 'receive()')
  checkTimeout(options.timeout)
  checkScheduler(options.scheduler)
  if (typeof length !== 'function') checkLength(length, 1)
  const cutter = typeof length === 'function' ? () => varying(length) : () => fixed(length)
  return (source: Observable<Uint8Array>) => cutSlices(source, options, cutter)
}

function fixed(wanted: number): Cutter {
  const cut = (unemitted: Unemitted, subscriber: Subscriber<Buffer>): number => {
    let count = 0
    for (let slice = cutOne(unemitted); slice !== undefined; slice = cutOne(unemitted)) {
      count++
      subscriber.next(slice)
      if (subscriber.closed) break
    }
    return count
  }
  return { cut, wanted, idle: false }
}

function varying(length: NextLength): Cutter {
  let index = 0
  const cut = (unemitted: Unemitted, subscriber: Subscriber<Buffer>): number => {
    let count = 0
    if (index === 0) unemitted.wanted = checkLength(length(undefined, index++), 0)
    for (let slice = cutOne(unemitted); slice !== undefined; slice = cutOne(unemitted)) {
      count++
      subscriber.next(slice)
      if (subscriber.closed) break
      unemitted.wanted = checkLength(length(slice, index++), 0)
    }
    return count
  }
  return { cut, wanted: undefined, idle: false }
}

/** The next whole slice, taken off what has come. */
function cutOne(unemitted: Unemitted): Buffer | undefined {
  const { gathered, chunk, at, wanted } = unemitted
  const end = at + wanted - gathered.length
  if (end > chunk.length) return undefined
  unemitted.at = end
  const slice = chunk.subarray(at, end)
  if (gathered.length === 0) return slice
  gathered.add(slice, wanted)
  return gathered.take()
}
