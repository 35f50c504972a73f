import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Bench, Measured } from './bench.js'
import type { Answer, Task } from './child.js'

/** One line of the report. */
export interface Figure {
  readonly bench: string
  readonly value: number | null
  readonly unit: string
  /** How many times as good as the reference: above 1 is better, for a cost too. */
  readonly ratio: number | null
  readonly noise?: number
  readonly floor?: number
  readonly verdict?: Verdict
  readonly against?: string
  /** Why there is no value. */
  readonly leftOut?: string
}

/** `noise`: below the floor, but by no more than the reference is below itself. */
export type Verdict = 'ok' | 'noise' | 'below'

export interface RunOptions {
  readonly rounds?: number | undefined
  /** Runs one side alone and writes its CPU profile here; the figures are then worth little. */
  readonly profileTo?: string | undefined
  readonly only?: Task['only']
}

/** Runs a bench in a child process, and the two sides of one with `bytesPerUnit` once more in one each for their RSS. */
export async function runBench(file: string, bench: Bench, options: RunOptions): Promise<Figure[]> {
  const { name, unit, bytesPerUnit, floor, cpuFloor, rssFloor, rssLimit, against, showsTime } = bench
  const one = unit.replace(/s\/s$/, '')
  const task = { file, name, rounds: options.rounds }
  const answer = await inChild({ ...task, only: options.only }, options.profileTo)
  if ('leftOut' in answer) return [{ bench: name, value: null, unit, ratio: null, leftOut: answer.leftOut }]
  if ('figures' in answer) return answer.figures.map(measured => surveyed(bench, measured))
  const { comparison, hasReference } = answer
  const { unitsPerSecond, userNanosecondsPerUnit, ratio = null, cpuRatio = null, noise } = comparison
  const figures: Figure[] = [
    {
      bench: name,
      value: unitsPerSecond,
      unit,
      ratio,
      ...(noise !== undefined && { noise }),
      ...(floor !== undefined && ratio !== null && { floor, verdict: judge(ratio, floor, noise ?? 0) }),
      ...(against !== undefined && ratio !== null && { against }),
    },
  ]
  const cpu: Figure = {
    bench: name,
    value: userNanosecondsPerUnit,
    unit: `user ns/${one}`,
    ...judged(cpuRatio, cpuFloor),
  }
  if (showsTime) figures.push({ bench: name, value: 1e9 / unitsPerSecond, unit: `ns/${one}`, ratio: null })
  if (cpuFloor !== undefined && bytesPerUnit === undefined) figures.push(cpu)
  if (bytesPerUnit !== undefined && options.only === undefined) {
    const peak = await peakBytes({ ...task, only: 'subject' })
    const referencePeak = hasReference ? await peakBytes({ ...task, only: 'reference' }) : undefined
    figures.push({ bench: name, value: (unitsPerSecond * bytesPerUnit) / 1e6, unit: 'MB/s', ratio: null }, cpu, {
      bench: name,
      value: peak / (1 << 20),
      unit: 'MiB peak RSS',
      ...judged(referencePeak === undefined ? null : referencePeak / peak, rssFloor),
    })
    if (rssLimit !== undefined) {
      const limit = { value: peak / 1e6, unit: 'MB peak RSS', against: `${rssLimit} MB` }
      figures.push({ bench: name, ...limit, ...judged((rssLimit * 1e6) / peak, 1) })
    }
  }
  return figures
}

function surveyed({ name: bench, against }: Bench, measured: Measured): Figure {
  const { name, value, unit, ratio = null, noise, floor } = measured
  return {
    bench: `${bench}, ${name}`,
    value,
    unit,
    ...judged(ratio, floor, noise),
    ...(noise !== undefined && { noise }),
    ...(against !== undefined && ratio !== null && { against }),
  }
}

/** Figures that are measured once have no noise to be measured by. */
function judged(
  ratio: number | null,
  floor: number | undefined,
  noise = 0,
): Pick<Figure, 'ratio' | 'floor' | 'verdict'> {
  return floor === undefined || ratio === null ? { ratio } : { ratio, floor, verdict: judge(ratio, floor, noise) }
}

/** A machine too noisy to tell must not pass what is slow. */
const mostNoise = 0.05

function judge(ratio: number, floor: number, noise: number): Verdict {
  if (ratio >= floor) return 'ok'
  return ratio >= floor * (1 - Math.min(noise, mostNoise)) ? 'noise' : 'below'
}

async function peakBytes(task: Task): Promise<number> {
  const answer = await inChild({ ...task, rounds: 5 })
  if (!('peakBytes' in answer)) throw new Error(`${task.name}: it could not run a second time`)
  return answer.peakBytes
}

function inChild(task: Task, profileTo?: string): Promise<Answer> {
  const profiling =
    profileTo === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${profileTo}`]
  const child = fork(fileURLToPath(new URL('./child.js', import.meta.url)), {
    execArgv: ['--expose-gc', ...profiling],
  })
  return new Promise((resolve, reject) => {
    let answer: Answer | undefined
    child.on('message', message => {
      answer = message as Answer
    })
    child.on('exit', code => {
      if (answer !== undefined && code === 0) resolve(answer)
      else reject(new Error(`${task.name}: the process ended with ${code}`))
    })
    child.send(task)
  })
}
