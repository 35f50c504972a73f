import type { RandomBytes } from '../broker/random-bytes.js'
import { describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'

/** Where a broker can be found. */
export interface Address {
  readonly host: string
  readonly port: number
}

const DEFAULT_PORT = 9092

/**
 * The servers of a `bootstrap` option: `'a:9092,b:9092'` or a list of such; IPv6 addresses in brackets where a port
 * follows.
 *
 * @throws {ArgumentError} naming the entry
 */
export function parseBootstrap(bootstrap: string | readonly string[]): readonly Address[] {
  const entries: unknown = typeof bootstrap === 'string' ? bootstrap.split(',') : bootstrap
  if (!Array.isArray(entries)) {
    throw new ArgumentError(`bootstrap must be 'host:port,…' or a list of such; got ${describe(bootstrap)}`)
  }
  const addresses = entries.flatMap(entry => (typeof entry === 'string' ? entry.split(',') : [entry])).map(parseServer)
  if (addresses.length === 0) throw new ArgumentError("bootstrap names no server: give at least one 'host:port'")
  return [...new Map(addresses.map(address => [addressKey(address), address])).values()]
}

/** One text for one address. */
export function addressKey({ host, port }: Address): string {
  return `${host}:${port}`
}

function parseServer(entry: unknown): Address {
  const text = typeof entry === 'string' ? entry.trim() : ''
  // More than one colon without brackets: an IPv6 address, and no port.
  const [, host = '', digits] =
    (/:.*:/.test(text) ? /^\[?([\da-fA-F:.%\w]+)(?:\](?::(\d+))?)?$/ : /^([^\s:/[\]]+)(?::(\d+))?$/).exec(text) ?? []
  const port = digits === undefined ? DEFAULT_PORT : Number(digits)
  if (host === '' || port < 1 || port > 65_535) {
    throw new ArgumentError(`bootstrap has ${describe(entry)}, which is no 'host:port' (a port is 1 to 65535)`)
  }
  return { host, port }
}

/** The same items in an order of chance (Fisher and Yates). */
export function shuffle<T>(items: Iterable<T>, random: RandomBytes): T[] {
  const shuffled = [...items]
  if (shuffled.length < 2) return shuffled
  const chance = random(4 * shuffled.length)
  const words = new DataView(chance.buffer, chance.byteOffset, chance.byteLength)
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = words.getUint32(4 * last) % (last + 1)
    const item = shuffled[last] as T
    shuffled[last] = shuffled[other] as T
    shuffled[other] = item
  }
  return shuffled
}
