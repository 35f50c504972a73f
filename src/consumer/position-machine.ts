import type { At } from './at.js'
import { type Committed, EARLIEST, LATEST, timestampOf } from './offset-timestamp.js'

/**
 * How far a tenure is on its way to being read. Each is an object of its own: an answer that comes back to another one
 * than it was asked from is late, and dropped.
 */
export type Stage =
  /** Its position is looked up: the first offset at a time or later, or an end of the log. */
  | { readonly name: 'finding'; readonly timestamp: bigint }
  /** Position and leader go together: it may be fetched. */
  | { readonly name: 'reading' }
  /** The leader is asked whether it has what was read (KIP-320). */
  | { readonly name: 'validating' }
  /** A broker said that the position is not in its log: the leader is asked where that starts. */
  | { readonly name: 'checking-start'; readonly isEpochLost: boolean }
  /** It does not start behind the position: where does it end? */
  | { readonly name: 'checking-end'; readonly isEpochLost: boolean }
  /** It ends before the position: the leader is asked for how far it has what was read. */
  | { readonly name: 'diverging'; readonly end: bigint }
  /** This was told as an error. */
  | { readonly name: 'failed' }

/** Where the tenure stands. */
export interface Standing {
  readonly fetchOffset: bigint
  /** The leader epoch of the record before; -1 where that is not known. */
  readonly lastEpoch: number
  readonly offsetReset: 'earliest' | 'latest' | 'error'
}

/** What the leader is asked. */
export type Question =
  /** `isCommitted`: the end is that of what is committed, where that is what is read. */
  | { readonly ask: 'offset'; readonly timestamp: bigint; readonly isCommitted: boolean }
  | { readonly ask: 'epoch-end'; readonly epoch: number }

/** What is to be done. */
export type Effect =
  /** The position is found. */
  | { readonly do: 'start'; readonly offset: bigint; readonly leaderEpoch: number }
  /** What was between the position and this offset is gone. */
  | { readonly do: 'skip'; readonly to: bigint }
  /** What is behind this offset was never there: the leader has another log. */
  | {
      readonly do: 'reset'
      readonly offset: bigint
      readonly leaderEpoch: number
      readonly reason: 'out-of-range' | 'truncated'
    }
  | { readonly do: 'fail'; readonly why: 'out-of-range' }
  | { readonly do: 'fail'; readonly why: 'truncated'; readonly safeOffset: bigint }
  /** The position is right all the same; the leader knows no epoch of it where `forgetEpoch`. */
  | { readonly do: 'go-on'; readonly forgetEpoch: boolean }

/** Where a tenure is now, and what is to be done. */
export interface Next {
  readonly stage: Stage
  readonly effect?: Effect
}

/** The end of a leader epoch as the leader knows it; both -1 where it knows neither it nor a later one. */
export interface EpochEnd {
  readonly leaderEpoch: number
  readonly endOffset: bigint
}

/** A new tenure: where it is given an offset, it is there. */
export function begin(at: At | Committed): Next {
  const timestamp = timestampOf(at)
  if (timestamp !== undefined) return { stage: { name: 'finding', timestamp } }
  const { offset, leaderEpoch = -1 } = at as { readonly offset: bigint; readonly leaderEpoch?: number }
  return { stage: { name: leaderEpoch < 0 ? 'reading' : 'validating' }, effect: { do: 'start', offset, leaderEpoch } }
}

/** What is to be asked of the leader; undefined where nothing is. */
export function questionOf(stage: Stage, { lastEpoch }: Standing): Question | undefined {
  switch (stage.name) {
    case 'finding':
      return { ask: 'offset', timestamp: stage.timestamp, isCommitted: true }
    case 'checking-start':
      return { ask: 'offset', timestamp: EARLIEST, isCommitted: false }
    case 'checking-end':
      return { ask: 'offset', timestamp: LATEST, isCommitted: false }
    case 'validating':
    case 'diverging':
      return { ask: 'epoch-end', epoch: lastEpoch }
    default:
      return undefined
  }
}

/** Another leader epoch: what was asked of the leader before does not count, and what was read is looked at (KIP-320). */
export function leaderChanged(stage: Stage, { lastEpoch }: Standing, leaderEpoch: number): Stage {
  if (stage.name !== 'reading') return { ...stage }
  return lastEpoch < 0 || lastEpoch === leaderEpoch ? { name: 'reading' } : { name: 'validating' }
}

/** A broker that was asked for the position says that its log does not have it. */
export function outOfRange(): Stage {
  return { name: 'checking-start', isEpochLost: false }
}

/** A broker that was asked for the position says that its log parts from what was read. */
export function diverged({ lastEpoch }: Standing): Stage {
  return lastEpoch < 0 ? outOfRange() : { name: 'validating' }
}

/** An offset that was asked for; -1n: there is none of that time or later. */
export function offsetFound(stage: Stage, standing: Standing, offset: bigint, leaderEpoch: number): Next {
  switch (stage.name) {
    case 'finding':
      if (offset < 0n) return { stage: { name: 'finding', timestamp: LATEST } }
      return { stage: reading(), effect: { do: 'start', offset, leaderEpoch } }
    case 'checking-start':
      if (standing.fetchOffset >= offset) return { stage: { ...stage, name: 'checking-end' } }
      if (standing.offsetReset === 'error') return failed({ do: 'fail', why: 'out-of-range' })
      return { stage: reading(), effect: { do: 'skip', to: offset } }
    case 'checking-end':
      return endFound(stage.isEpochLost, standing, offset)
    default:
      return { stage }
  }
}

/** The end of the last epoch that was read. */
export function epochEndFound(stage: Stage, standing: Standing, { leaderEpoch, endOffset }: EpochEnd): Next {
  const isUnknown = leaderEpoch < 0 || endOffset < 0n
  if (stage.name === 'diverging') {
    if (isUnknown || endOffset > stage.end) return truncated(standing, stage.end, leaderEpoch)
    return truncated(standing, endOffset, leaderEpoch)
  }
  if (stage.name !== 'validating') return { stage }
  if (isUnknown) return { stage: { name: 'checking-start', isEpochLost: true } }
  if (endOffset < standing.fetchOffset) return truncated(standing, endOffset, leaderEpoch)
  return { stage: reading(), effect: { do: 'go-on', forgetEpoch: false } }
}

function endFound(isEpochLost: boolean, standing: Standing, end: bigint): Next {
  const { fetchOffset, lastEpoch, offsetReset } = standing
  if (fetchOffset <= end) return { stage: reading(), effect: { do: 'go-on', forgetEpoch: isEpochLost } }
  if (isEpochLost) return truncated(standing, end, -1)
  if (lastEpoch >= 0) return { stage: { name: 'diverging', end } }
  if (offsetReset === 'error') return failed({ do: 'fail', why: 'out-of-range' })
  return { stage: reading(), effect: { do: 'reset', offset: end, leaderEpoch: -1, reason: 'out-of-range' } }
}

function truncated({ offsetReset }: Standing, offset: bigint, leaderEpoch: number): Next {
  if (offsetReset === 'error') return failed({ do: 'fail', why: 'truncated', safeOffset: offset })
  return { stage: reading(), effect: { do: 'reset', offset, leaderEpoch, reason: 'truncated' } }
}

function failed(effect: Effect): Next {
  return { stage: { name: 'failed' }, effect }
}

function reading(): Stage {
  return { name: 'reading' }
}
