import type { Round } from './bench.js'

/** What one round cost. */
export interface Timing {
  readonly unitsPerSecond: number
  /** Of every thread of this process: the garbage collector's and the compiler's are part of the price. */
  readonly userNanosecondsPerUnit: number
}

/**
 * Runs a round once, behind a collection of the young if node was started with `--expose-gc`. A full one would also
 * take the hidden classes of what lives for one round only, and V8 would have to optimise all over again.
 */
export async function timeRound(round: Round): Promise<Timing> {
  globalThis.gc?.({ type: 'minor' })
  let started = process.hrtime.bigint()
  let cpuAtStart = process.cpuUsage()
  let stopped: { readonly nanoseconds: number; readonly userMicroseconds: number } | undefined
  const elapsed = () => ({
    nanoseconds: Number(process.hrtime.bigint() - started),
    userMicroseconds: process.cpuUsage(cpuAtStart).user,
  })
  const units = await round({
    start() {
      cpuAtStart = process.cpuUsage()
      started = process.hrtime.bigint()
    },
    stop() {
      stopped = elapsed()
    },
  })
  const { nanoseconds, userMicroseconds } = stopped ?? elapsed()
  return { unitsPerSecond: units / (nanoseconds / 1e9), userNanosecondsPerUnit: (userMicroseconds * 1e3) / units }
}
