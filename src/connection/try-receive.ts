import type { Observable, OperatorFunction, Subscriber } from 'rxjs'
import { checkOptions } from '../errors/check-options.js'
import { checkLength, checkScheduler, checkTimeout } from './check-arguments.js'
import { type Cutter, cutSlices, type Unemitted } from './cut-slices.js'
import { type ReceiveOptions, receiveOptionNames } from './receive.js'

/**
 * Emits whatever bytes come first, at most `length` of them, and completes; what is left over is given back.
 *
 * For protocols without a length prefix, or to look at what a peer says before deciding how to read it.
 *
 * ```text
 * source           --abcd--ef--|
 * tryReceive(3)    --(abc|)              d, ef: to the next reader
 * ```
 *
 * @param length  most bytes to emit, a positive integer
 * @throws {ArgumentError} when `length` or `timeout` cannot be right
 * Completes empty when the peer closes first. Errors with {@link ReceiveTimeoutError} when nothing comes within
 * `timeout` ms (default: the connection's), and as the connection does.
 *
 * @example
 * connection.pipe(tryReceive(5)).subscribe(bytes => console.log(hexdump(bytes)))
 */
export function tryReceive(length: number, options: ReceiveOptions = {}): OperatorFunction<Uint8Array, Buffer> {
  checkLength(length, 1)
  checkOptions(options, receiveOptionNames, 'tryReceive()')
  checkTimeout(options.timeout)
  checkScheduler(options.scheduler)
  const cutter: Cutter = { cut, wanted: length, idle: false }
  return (source: Observable<Uint8Array>) => cutSlices(source, options, () => cutter)
}

/** Emits what there is and completes. */
function cut(unemitted: Unemitted, subscriber: Subscriber<Buffer>): number {
  const { chunk, at, wanted } = unemitted
  if (chunk.length === at) return 0
  const slice = chunk.subarray(at, at + wanted)
  unemitted.at += slice.length
  subscriber.next(slice)
  subscriber.complete()
  return 1
}
