import type { Cluster } from '../cluster/cluster.js'
import type { Budget } from './budget.js'
import type { ReadConfig } from './consumer-config.js'
import type { Place } from './place.js'
import type { Positions } from './positions.js'
import type { ReadingHooks } from './reading-hooks.js'

/** What fetching needs of who reads. */
export interface FetchingOptions {
  readonly cluster: Cluster
  readonly lane: string
  readonly config: ReadConfig
  readonly budget: Budget
  readonly hooks: ReadingHooks
  readonly positions: Positions
  /** How many bytes one partition may hold. */
  readonly share: () => number
  /** A place is to be asked for elsewhere. */
  readonly onMoved: (place: Place) => void
  /** There is something to look at on the next turn. */
  readonly wake: () => void
}
