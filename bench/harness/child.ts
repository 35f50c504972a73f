import type { BenchFile, Contest, Side, Survey } from './bench.js'
import { type Comparison, compare } from './compare.js'

/** What the runner asks of a child: the whole contest, or one side alone. */
export interface Task {
  readonly file: string
  readonly name: string
  readonly only?: Side | undefined
  readonly rounds?: number | undefined
}

/** What the child answers. */
export type Answer =
  | { readonly comparison: Comparison; readonly peakBytes: number; readonly hasReference: boolean }
  | Survey
  | { readonly leftOut: string }

/** One bench, in a process that has done nothing else: its types are V8's only ones, its peak RSS is its own. */
process.once('message', (task: Task) => {
  run(task).then(
    answer => process.send?.(answer, () => process.disconnect()),
    error => {
      console.error(error)
      process.exit(1)
    },
  )
})

async function run({ file, name, only, rounds }: Task): Promise<Answer> {
  const { benches } = (await import(file)) as BenchFile
  const bench = benches.find(candidate => candidate.name === name)
  if (bench === undefined) throw new Error(`${file} has no bench named ${name}`)
  const contest = await bench.prepare(only)
  if ('leftOut' in contest || 'figures' in contest) return contest
  const comparison = await compare(side(contest, only), rounds ?? bench.rounds ?? 25)
  await contest.close?.()
  return {
    comparison,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    hasReference: contest.reference !== undefined,
  }
}

function side(contest: Contest, only: Task['only']): Contest {
  if (only === undefined) return contest
  const alone = contest[only]
  if (alone === undefined) throw new Error(`there is no ${only}`)
  return { subject: alone }
}
