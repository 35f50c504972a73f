import type { Contest, Round } from './bench.js'

/**
 * A contest of two functions that may return promises: one that does is awaited before the next call, as its users must,
 * and each is called as often as fills a round.
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
    for (let call = 0; call < perRound; call++) await pendingOf(work)
    watch.stop()
    return perRound
  }
}

async function calibrate(work: () => unknown): Promise<number> {
  const end = performance.now() + roundMilliseconds
  let count = 0
  for (; performance.now() < end; count++) await pendingOf(work)
  return count
}

/** What is to be awaited. A result is let go at once: one that an `await` held would be collected with the next. */
function pendingOf(work: () => unknown): Promise<void> | undefined {
  const result = work()
  return result instanceof Promise ? result.then(() => {}) : undefined
}
