import { joinAdjacent } from './buffer-view.js'

/** Chunks that wait to be read. Both ends in O(1): `front` is kept in reverse, `back` in order. */
export class ChunkDeque {
  /** How many bytes wait. */
  bytes = 0
  #front: Buffer[] = []
  #back: Buffer[] = []

  /** Adds what comes after all others. Tiny neighbours become one, so a slow trickle costs no object a byte. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.bytes += chunk.length
    const last = this.#back.at(-1)
    const joined = last && joinAdjacent(last, chunk)
    if (joined) this.#back[this.#back.length - 1] = joined
    else this.#back.push(chunk)
  }

  /** Puts back what comes before all others. */
  unshift(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.bytes += chunk.length
    const first = this.#front.at(-1)
    const joined = first && joinAdjacent(chunk, first)
    if (joined) this.#front[this.#front.length - 1] = joined
    else this.#front.push(chunk)
  }

  shift(): Buffer | undefined {
    if (this.#front.length === 0) {
      if (this.#back.length < 2) {
        const only = this.#back.pop()
        if (only) this.bytes -= only.length
        return only
      }
      this.#front = this.#back.reverse()
      this.#back = []
    }
    const first = this.#front.pop()
    if (first) this.bytes -= first.length
    return first
  }

  clear(): void {
    this.bytes = 0
    this.#front = []
    this.#back = []
  }
}
