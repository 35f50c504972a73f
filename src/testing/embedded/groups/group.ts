import type { ClassicGroup } from './classic-group.js'
import type { ConsumerGroup } from './consumer-group.js'

/** A group, of either protocol. */
export type Group = ClassicGroup | ConsumerGroup
