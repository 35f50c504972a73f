import type { SchedulerLike } from 'rxjs'
import { ArgumentError } from '../errors.js'
import { nearestName } from './nearest-name.js'

/** The names of all options of a type: the compiler holds the list to be whole. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true }

/**
 * Throws ArgumentError for options that are not an object, or have a name that is not known: a misspelt option would
 * else be left out in silence. An option that is `undefined` is left out.
 *
 * @param at  who takes them, for the message: `connect()`
 *
 * @example
 * const names: OptionNames<ReceiveOptions> = { timeout: true, scheduler: true }
 * checkOptions(options, names, 'receive()')
 */
export function checkOptions<Options extends object>(options: Options, names: OptionNames<Options>, at: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new ArgumentError(`the options of ${at} must be an object; got ${describe(options)}`)
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name) || options[name as keyof Options] === undefined) continue
    throw new ArgumentError(`${at} has no option ${JSON.stringify(name)}${whatInstead(name, Object.keys(names))}`)
  }
}

const manyBrokers =
  /^(seed|bootstrap|broker|server|host)s?[-_. ]?(brokers?|servers?|urls?|hosts?)?$|^metadata\.broker\.list$/i

function whatInstead(name: string, names: readonly string[]): string {
  if (names.includes('host') && manyBrokers.test(name)) return ': it takes one broker, by `host` and `port`'
  const nearest = nearestName(name, names)
  return nearest === undefined ? `; there are ${names.join(', ')}` : `: did you mean ${nearest}?`
}

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

/** What a value is, short enough for an error message. */
export function describe(value: unknown): string {
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 20 ? `${value.slice(0, 20)}…` : value)}`
  if (typeof value === 'object' && value !== null) return `an instance of ${value.constructor?.name ?? 'Object'}`
  return String(value)
}
