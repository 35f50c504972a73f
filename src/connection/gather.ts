import { joinAdjacent } from './buffer-view.js'

/** Up to here a slice that spans chunks is allocated whole at once; above, only when a quarter of it has come. */
const SMALL = 64 * 1024

/**
 * The beginning of a slice whose end has not come yet.
 *
 * Parts that lie side by side stay views; else each byte is copied once, into its place. Memory follows what has
 * arrived, at most four times that, never what a length prefix claims.
 */
export class Gather {
  /** How many bytes have come. */
  length = 0
  #parts: Buffer[] = []
  #whole: Buffer | undefined

  /** Adds the next bytes of a slice that will be `wanted` bytes long. */
  add(bytes: Buffer, wanted: number): void {
    if (bytes.length === 0) return
    if (this.#whole === undefined) this.#join(bytes)
    else if (this.length + bytes.length <= this.#whole.length) bytes.copy(this.#whole, this.length)
    else {
      // The slice turned out longer than it was thought to be: a frame, once its length is known.
      this.#parts = [this.#whole.subarray(0, this.length), bytes]
      this.#whole = undefined
    }
    this.length += bytes.length
    if (this.#parts.length > 1 && (wanted <= SMALL || this.length * 4 >= wanted)) this.#allocate(wanted)
  }

  /** The whole slice; what follows begins anew. */
  take(): Buffer {
    const slice = this.#whole ?? this.#parts[0] ?? Buffer.alloc(0)
    this.#clear()
    return slice
  }

  /** The bytes that have come, in order; what follows begins anew. */
  takeParts(): Buffer[] {
    const parts = this.#whole ? [this.#whole.subarray(0, this.length)] : this.#parts
    this.#clear()
    return parts
  }

  /** The first `count` bytes, without taking them. */
  peek(count: number): Buffer {
    const first = this.#whole ?? this.#parts[0]
    return first !== undefined && first.length >= count ? first.subarray(0, count) : Buffer.concat(this.#parts, count)
  }

  #join(bytes: Buffer): void {
    const parts = this.#parts
    const last = parts.at(-1)
    const joined = last && joinAdjacent(last, bytes)
    if (joined) {
      parts[parts.length - 1] = joined
      return
    }
    parts.push(bytes)
    // Small parts are merged in pairs of like size, so that tiny chunks cost no object each and few copies.
    for (let n = parts.length; n > 1; n--) {
      const [before, after] = [parts[n - 2] as Buffer, parts[n - 1] as Buffer]
      if (after.length < before.length || before.length + after.length > SMALL) return
      parts.splice(n - 2, 2, Buffer.concat([before, after]))
    }
  }

  #allocate(wanted: number): void {
    const whole = Buffer.allocUnsafe(wanted)
    let at = 0
    for (const part of this.#parts) at += part.copy(whole, at)
    this.#whole = whole
    this.#parts = []
  }

  #clear(): void {
    this.length = 0
    this.#parts = []
    this.#whole = undefined
  }
}
