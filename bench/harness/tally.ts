import type { Stopwatch } from './bench.js'

/** Counts what comes, and ends a round when all has come. */
export interface Tally {
  readonly add: (bytes: Uint8Array) => void
  readonly fail: (error: unknown) => void
  /** Resolves when `count` have come, with `count`; rejects when their bytes are not `total`. */
  readonly done: Promise<number>
}

/** Stops the watch at the last of `count` pieces, which must come to `total` bytes. */
export function tally(count: number, total: number, watch: Stopwatch): Tally {
  let resolve: (count: number) => void = () => {}
  let fail: (error: unknown) => void = () => {}
  const done = new Promise<number>((onDone, onFail) => {
    resolve = onDone
    fail = onFail
  })
  let pieces = 0
  let bytes = 0
  const add = (piece: Uint8Array) => {
    bytes += piece.length
    if (++pieces !== count) return
    watch.stop()
    if (bytes === total) resolve(count)
    else fail(new Error(`${count} pieces came to ${bytes} bytes, not ${total}`))
  }
  return { add, fail, done }
}
