import type { Round } from './bench.js'

/** What one round cost. */
export interface Timing {
  readonly unitsPerSecond: number
  /** Of every thread of this process: the garbage collector's and the compiler's are part of the price. */
  readonly userNanosecondsPerUnit: number
}

/** Runs a round once, from a clean heap if node was started with `--expose-gc`. */
export async function timeRound(round: Round): Promise<Timing> {
  globalThis.gc?.()
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
