import { type Connection, decodeFrames } from 'kafka-rx/connection'
import type { Stopwatch } from './bench.js'
import { tally } from './tally.js'

/** Sends `request`, framed, `count` times, each when the one before has been answered by `answerBytes` bytes. */
export async function exchange(
  connection: Connection,
  request: Uint8Array,
  { count, answerBytes }: { readonly count: number; readonly answerBytes: number },
  watch: Stopwatch,
): Promise<number> {
  const { add, fail, done } = tally(count, count * answerBytes, watch)
  let left = count
  const reading = connection.pipe(decodeFrames()).subscribe({
    next: response => {
      add(response)
      if (--left > 0) connection.send.next(request)
    },
    error: fail,
  })
  connection.send.next(request)
  return done.finally(() => reading.unsubscribe())
}
