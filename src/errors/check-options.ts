import { ArgumentError } from '../errors.js'
import { nearestName } from './nearest-name.js'

/** The names of all options of a type: the compiler holds the list to be whole. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true }

/**
 * Throws ArgumentError for options that are not an object, or have a name that is not known: a misspelt option would
 * else be left out in silence. An option that is `undefined` is left out.
 *
 * @param at  who takes them, for the message: `connect()`
 * @param names  all that there are, as `{ timeout: true, scheduler: true }`
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
  if (names.includes('bootstrap') && (manyBrokers.test(name) || name === 'port')) return ': did you mean bootstrap?'
  if (names.includes('host') && manyBrokers.test(name)) return ': it takes one broker, by `host` and `port`'
  const nearest = nearestName(name, names)
  return nearest === undefined ? `; there are ${names.join(', ')}` : `: did you mean ${nearest}?`
}

/** What a value is, short enough for an error message. */
export function describe(value: unknown): string {
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 20 ? `${value.slice(0, 20)}…` : value)}`
  if (typeof value === 'object' && value !== null) return `an instance of ${value.constructor?.name ?? 'Object'}`
  return String(value)
}
