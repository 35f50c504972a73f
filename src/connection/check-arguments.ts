import type { SchedulerLike } from 'rxjs'
import { describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'

/** Throws ArgumentError for what is not a deadline in ms: a positive number, or Infinity for none. */
export function checkTimeout(timeout: number | undefined, name = 'timeout'): void {
  if (timeout === undefined || (typeof timeout === 'number' && timeout > 0)) return
  throw new ArgumentError(`${name} must be a positive number of ms, or Infinity for none; got ${describe(timeout)}`)
}

/** Throws ArgumentError for what is not an integer from `min` to `max`. */
export function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new ArgumentError(`${name} must be an integer from ${min} to ${max}; got ${describe(value)}`)
}

/** Throws ArgumentError for what is not a length of at least `min`. */
export function checkLength(length: number, min: number): number {
  if (Number.isSafeInteger(length) && length >= min) return length
  const wanted = min === 1 ? 'a positive integer' : '0 or a positive integer'
  throw new ArgumentError(`length must be ${wanted}; got ${describe(length)}`)
}

/** Throws ArgumentError for what is neither true nor false. */
export function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new ArgumentError(`${name} must be true or false; got ${describe(value)}`)
}

/** Throws ArgumentError for what cannot be called. */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new ArgumentError(`${name} must be a function; got ${describe(value)}`)
}

/** Throws ArgumentError for what has no clock and no timers. */
export function checkScheduler(scheduler: SchedulerLike | undefined, name = 'scheduler'): void {
  if (scheduler === undefined) return
  if (typeof scheduler?.now === 'function' && typeof scheduler.schedule === 'function') return
  throw new ArgumentError(`${name} must be a SchedulerLike of RxJS; got ${describe(scheduler)}`)
}

/** Throws ArgumentError for what is not a Uint8Array. */
export function checkBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) {
    throw new ArgumentError(`expected bytes (a Uint8Array or Buffer); got ${describe(bytes)}`)
  }
}

/** How long a message is, in one part or several; throws ArgumentError for what is not bytes, none, or too many. */
export function messageLength(bytes: Uint8Array | readonly Uint8Array[], maxMessageBytes: number): number {
  const length = lengthOf(bytes)
  if (length > 0 && length <= maxMessageBytes) return length
  throw new ArgumentError(`a message must have 1 to ${maxMessageBytes} bytes (maxMessageBytes); this has ${length}`)
}

function lengthOf(bytes: Uint8Array | readonly Uint8Array[]): number {
  if (!Array.isArray(bytes)) {
    checkBytes(bytes)
    return bytes.length
  }
  let length = 0
  for (const part of bytes) {
    checkBytes(part)
    length += part.length
  }
  return length
}
