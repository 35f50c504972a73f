import type { Assignor } from './assignor.js'
import { cooperativeSticky } from './cooperative-sticky.js'
import { range } from './range.js'
import { roundRobin } from './round-robin.js'

export type { Assignor, GroupAssignment, GroupMember, GroupTopics, PartitionRacks } from './assignor.js'

/** The assignors that there are, by name. */
export const assignors: ReadonlyMap<string, Assignor> = new Map(
  [range, roundRobin, cooperativeSticky].map(one => [one.name, one]),
)
