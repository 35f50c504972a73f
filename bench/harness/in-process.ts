import type { Contest, Round } from './bench.js'

/**
 * A contest of two plain functions: each is called as often as fills a round, and a unit is `unitsPerCall` of its work
 * (the records of a batch, say). What they return is kept, or V8 would leave the work out.
 *
 * @example
 * prepare: () => inProcess({ subject: () => encode(message), reference: () => theirs.encode(message) })
 */
export function inProcess(options: {
  readonly subject: () => unknown
  readonly reference?: () => unknown
  /** Default 1. */
  readonly unitsPerCall?: number
}): Contest {
  const { subject, reference, unitsPerCall = 1 } = options
  const subjectRound = calls(subject, unitsPerCall)
  return reference === undefined
    ? { subject: subjectRound }
    : { subject: subjectRound, reference: calls(reference, unitsPerCall) }
}

/** What the last call returned, where V8 cannot prove that nobody looks. */
export let kept: unknown

const roundNanoseconds = 100e6

function calls(work: () => unknown, unitsPerCall: number): Round {
  let perRound = 0
  return watch => {
    if (perRound === 0) perRound = calibrate(work)
    watch.start()
    for (let call = 0; call < perRound; call++) kept = work()
    watch.stop()
    return perRound * unitsPerCall
  }
}

/** Twice, since what the first pass counts is the interpreter. */
function calibrate(work: () => unknown): number {
  let count = 0
  for (let pass = 0; pass < 2; pass++) {
    const started = process.hrtime.bigint()
    count = 0
    while (Number(process.hrtime.bigint() - started) < roundNanoseconds) {
      kept = work()
      count++
    }
  }
  return count
}
