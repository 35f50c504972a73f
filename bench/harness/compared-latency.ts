import type { Measured } from './bench.js'
import { median, medianInterval } from './median.js'
import { percentile } from './percentile.js'

const shares = [
  ['p50', 0.5],
  ['p99', 0.99],
] as const

/**
 * The latencies of the subject's rounds, of the reference's, and of the reference's once more; the floor is: not above the
 * reference's.
 */
export function comparedLatency(took: readonly (readonly number[][])[]): Measured[] {
  return shares.map(([name, share]) => compared(name, share, took))
}

function compared(name: string, share: number, took: readonly (readonly number[][])[]): Measured {
  const [ours = [], theirs = [], again = []] = took.map(side => side.map(round => percentile(round, share)))
  const quotients = (below: readonly number[]) => theirs.map((ms, round) => ms / (below[round] as number))
  const noise = Math.max(...medianInterval(quotients(again)).map(bound => Math.abs(bound - 1)))
  return { name, value: median(ours), unit: 'ms', ratio: median(quotients(ours)), noise, floor: 1 }
}
