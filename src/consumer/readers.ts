import type { Held } from './held.js'
import type { Reader } from './reader.js'

/** A place in the line: one reader, or all that read one partition each, which share it. */
type Place = Reader | Map<Held, Reader[]>

/**
 * Who reads a consumer, in the order in which they came: what is ready goes to the first alone. Those of single partitions
 * have one place together, and among those of the same partition again the first alone is served.
 */
export class Readers {
  #line: Place[] = []
  readonly #all = new Set<Reader>()

  /** All, the first that came first. */
  get all(): readonly Reader[] {
    return [...this.#all]
  }

  get size(): number {
    return this.#all.size
  }

  add(reader: Reader): void {
    this.#all.add(reader)
    const { only } = reader
    if (only === undefined) {
      this.#line.push(reader)
      return
    }
    const shared = this.#line.find(place => place instanceof Map)
    if (shared === undefined) {
      this.#line.push(new Map([[only, [reader]]]))
      return
    }
    const same = shared.get(only)
    if (same === undefined) shared.set(only, [reader])
    else same.push(reader)
  }

  remove(reader: Reader): void {
    if (!this.#all.delete(reader)) return
    this.#line = this.#line.filter(place => !isLeft(place, reader))
  }

  /** Who is handed what is ready of a partition; undefined where nobody is. */
  of(held: Held): Reader | undefined {
    const place = this.#line[0]
    return place instanceof Map ? place.get(held)?.[0] : place
  }

  isServed(reader: Reader): boolean {
    const place = this.#line[0]
    if (place instanceof Map) return reader.only !== undefined && place.get(reader.only)?.[0] === reader
    return place === reader
  }
}

/** Takes the reader out of its place; whether nobody is left in that. */
function isLeft(place: Place, reader: Reader): boolean {
  if (!(place instanceof Map)) return place === reader
  const { only } = reader
  const same = only === undefined ? undefined : place.get(only)
  if (only === undefined || same === undefined) return false
  const others = same.filter(one => one !== reader)
  if (others.length > 0) place.set(only, others)
  else place.delete(only)
  return place.size === 0
}
