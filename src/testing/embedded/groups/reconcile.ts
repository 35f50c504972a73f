/**
 * Where a member of the new protocol is on its way to what it is to have: there, giving up partitions that others are to
 * have, or waiting for some that others have not given up yet.
 */
export type MemberState = 'stable' | 'unrevoked' | 'unreleased'

/** What a member has, and how that stands to the epochs of its group (KIP-848). */
export interface Holding {
  readonly state: MemberState
  readonly epoch: number
  readonly previousEpoch: number
  readonly assigned: ReadonlySet<string>
  /** It has been told to give these up. */
  readonly revoking: ReadonlySet<string>
}

/** What it is to have, and what it says that it has. */
export interface Aim {
  readonly epoch: number
  readonly target: ReadonlySet<string>
  /** Undefined when it does not say. */
  readonly owned: ReadonlySet<string> | undefined
  /** Whether another has the partition, or has not given it up yet. */
  readonly isTaken: (partition: string) => boolean
}

/** The next step of a member towards its aim. */
export function reconcile(holding: Holding, aim: Aim): Holding {
  switch (holding.state) {
    case 'stable':
      return holding.epoch === aim.epoch ? holding : step(holding, holding.epoch, aim)
    case 'unrevoked':
      return owns(aim, holding.revoking) ? holding : step(holding, holding.epoch + 1, aim)
    case 'unreleased':
      return step(holding, holding.epoch, aim)
  }
}

function step(holding: Holding, epoch: number, aim: Aim): Holding {
  const { target } = aim
  const kept = [...holding.assigned].filter(partition => target.has(partition))
  const revoking = new Set([...holding.assigned].filter(partition => !target.has(partition)))
  const wanted = [...target].filter(partition => !holding.assigned.has(partition))
  const free = wanted.filter(partition => !aim.isTaken(partition))
  if (revoking.size > 0 && owns(aim, revoking)) {
    return { ...atEpoch(holding, epoch), state: 'unrevoked', assigned: new Set(kept), revoking }
  }
  const state = free.length < wanted.length ? 'unreleased' : 'stable'
  return { ...atEpoch(holding, aim.epoch), state, assigned: new Set([...kept, ...free]), revoking: new Set() }
}

/** A member that does not say what it has may have anything. */
function owns({ owned }: Aim, partitions: ReadonlySet<string>): boolean {
  return owned === undefined || [...owned].some(partition => partitions.has(partition))
}

function atEpoch(holding: Holding, epoch: number) {
  return { epoch, previousEpoch: epoch === holding.epoch ? holding.previousEpoch : holding.epoch }
}
