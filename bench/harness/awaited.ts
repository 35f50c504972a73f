import type { Contest, Round } from './bench.js'

/**
 * A contest of two functions that may return promises: each call is awaited before the next, on both sides, and made as
 * often as fills a round.
 *
 * @example
 * prepare: () => awaited({ subject: () => decode(bytes), reference: () => theirs.decode(bytes) })
 */
export function awaited(options: { readonly subject: () => unknown; readonly reference: () => unknown }): Contest {
  return { subject: calls(options.subject), reference: calls(options.reference) }
}

const roundMilliseconds = 100

function calls(work: () => unknown): Round {
  let perRound = 0
  return async watch => {
    // Twice, since what the first pass counts is the interpreter.
    if (perRound === 0) perRound = (await calibrate(work)) && (await calibrate(work))
    watch.start()
    for (let call = 0; call < perRound; call++) await work()
    watch.stop()
    return perRound
  }
}

async function calibrate(work: () => unknown): Promise<number> {
  const end = performance.now() + roundMilliseconds
  let count = 0
  for (; performance.now() < end; count++) await work()
  return count
}
