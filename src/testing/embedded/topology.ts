import type { Node } from './node.js'
import type { EmbeddedBrokerSettings } from './options.js'
import type { Partition } from './partition.js'
import type { Timers } from './timers.js'
import type { Topic } from './topic.js'

/** The brokers with their settings, and the topics: what there is of a cluster without clients. */
export interface Topology {
  readonly id: string
  readonly settings: EmbeddedBrokerSettings
  readonly random: () => number
  readonly timers: Timers
  /** When the last event was; undefined before the first. */
  now: number | undefined
  /** By node id. */
  readonly nodes: ReadonlyMap<number, Node>
  /** By name. */
  readonly topics: Map<string, Topic>
  readonly topicsById: Map<string, Topic>
  /** Those of a coordinator's topic whose new leader does not know yet what it coordinates. */
  readonly loading: Set<Partition>
  /** Given to the next idempotent producer. */
  nextProducerId: bigint
}
