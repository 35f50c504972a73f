/**
 * One figure: how fast something is, and beside which reference.
 *
 * A bench lives in a file named after what it measures, in a folder of `bench/` named after the part of `src/` that it
 * is about; that it exports the list of its `benches` is all there is to registering them.
 */
export interface Bench {
  /** The file's name, then what varies: `decode-frames 100 B`. */
  readonly name: string
  /** What a second is divided into: `frames/s`, `ops/s`. */
  readonly unit: string
  /** What the subject is measured against, in a few words: `framed by hand on data events`. */
  readonly against?: string
  /** The least ratio to the reference that is good enough. Without it, the ratio is only printed. */
  readonly floor?: number
  /** Also prints the user CPU a unit; the reference's may not be less than this many times ours. */
  readonly cpuFloor?: number
  /** Also prints the time a unit, in ns. */
  readonly showsTime?: boolean
  /** How many times each side is timed. Default 25. */
  readonly rounds?: number
  /** The size of a unit: also prints MB/s, user CPU a unit, and the peak RSS of a process that does nothing else. */
  readonly bytesPerUnit?: number
  /** With `bytesPerUnit`: the peak RSS of a process that runs the reference alone is at least this many times ours. */
  readonly rssFloor?: number
  /** With `bytesPerUnit`: the most MB that the peak RSS of a process may be that runs the subject alone. */
  readonly rssLimit?: number
  /** Runs against a real Kafka, which is then started once for all that do. */
  readonly onKafka?: boolean
  /** Runs once, in a process of this bench's own; with `only`, the other side need not be there. */
  prepare(only?: Side): Contest | Survey | LeftOut | Promise<Contest | Survey | LeftOut>
}

export type Side = 'subject' | 'reference'

/** What a file of benches exports. */
export interface BenchFile {
  readonly benches: readonly Bench[]
}

/** The two sides of a bench, and what to let go of at its end. */
export interface Contest {
  readonly subject: Round
  readonly reference?: Round
  close?(): unknown
}

/** What a bench found that is no rate, and measured by itself. */
export interface Survey {
  readonly figures: readonly Measured[]
}

/** One of its lines. */
export interface Measured {
  /** What is behind the bench's name: `p99`. */
  readonly name: string
  readonly value: number
  readonly unit: string
  /** Above 1 is better than the reference. */
  readonly ratio?: number
  readonly noise?: number
  readonly floor?: number
}

/** A bench that cannot run here says why: `needs node >= 22.22`. */
export interface LeftOut {
  readonly leftOut: string
}

/**
 * Does its work once, long enough to be timed (50 ms and more), and returns how many units that was. What it did is
 * checked inside, by a count or a sum: a side that loses bytes must throw, not win.
 */
export type Round = (watch: Stopwatch) => number | Promise<number>

/** Runs from the call of the round to its end, unless the round narrows it: connecting, say, is not to be timed. */
export interface Stopwatch {
  start(): void
  stop(): void
}
