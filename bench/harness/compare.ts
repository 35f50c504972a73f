import type { Contest, Round } from './bench.js'
import { median, medianInterval } from './median.js'
import { type Timing, timeRound } from './time-round.js'

/** What the rounds of a bench come to. Ratios say how many times as good the subject is: above 1 is better. */
export interface Comparison {
  readonly unitsPerSecond: number
  readonly userNanosecondsPerUnit: number
  readonly ratio?: number
  readonly cpuRatio?: number
  /** How far the reference comes from itself when it is timed as the subject is: 0.02 is 2 %. */
  readonly noise?: number
}

/**
 * Times subject and reference in alternating rounds, and the reference a second time in each as if it were the subject:
 * what that comes to is the noise. The order within a round changes from one to the next, so that none always runs in
 * the other's wake; sides are compared within a round, so that a machine that slows down slows both.
 */
export async function compare(contest: Contest, rounds: number): Promise<Comparison> {
  const { subject, reference } = contest
  if (reference === undefined) {
    await warmUp([subject])
    const timings: Timing[] = []
    for (let round = 0; round < rounds; round++) timings.push(await timeRound(subject))
    return typical(timings)
  }
  await warmUp([subject, reference])
  const sides = [subject, reference, reference]
  const timings: [Timing[], Timing[], Timing[]] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    for (const side of orders[round % orders.length] as Order) {
      timings[side].push(await timeRound(sides[side] as Round))
    }
  }
  const [subjects, references, again] = timings
  return {
    ...typical(subjects),
    ratio: median(quotients(subjects, references)),
    cpuRatio: mean(references.map(cpu)) / mean(subjects.map(cpu)),
    noise: Math.max(...medianInterval(quotients(again, references)).map(bound => Math.abs(bound - 1))),
  }
}

type Order = readonly (0 | 1 | 2)[]
const orders: readonly Order[] = [
  [0, 1, 2],
  [2, 1, 0],
  [1, 0, 2],
  [2, 0, 1],
  [1, 2, 0],
  [0, 2, 1],
]

async function warmUp(sides: readonly Round[]): Promise<void> {
  for (let time = 0; time < 5; time++) for (const side of sides) await timeRound(side)
}

const speed = (timing: Timing): number => timing.unitsPerSecond
const cpu = (timing: Timing): number => timing.userNanosecondsPerUnit

function quotients(above: readonly Timing[], below: readonly Timing[]): number[] {
  return above.map((timing, round) => speed(timing) / speed(below[round] as Timing))
}

/** CPU time is a mean, since kernels tell user from system time by sampling: a single round of it is no figure. */
const typical = (timings: readonly Timing[]): Timing => ({
  unitsPerSecond: median(timings.map(speed)),
  userNanosecondsPerUnit: mean(timings.map(cpu)),
})

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
