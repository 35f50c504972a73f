import type { Cluster } from '../cluster/cluster.js'
import type { KafkaError } from '../errors.js'
import type { Failure } from './entry.js'
import type { ProducerIdentity } from './producer-identity.js'
import type { ProducerConfig } from './producer-options.js'

/** What all parts of one producer have in common. */
export interface Producing {
  readonly cluster: Cluster
  readonly config: ProducerConfig
  /** Its own of a broker's connections: its requests never wait behind others'. */
  readonly lane: string
  readonly identity: ProducerIdentity
  /** Whether somebody waits for all to be sent. */
  readonly isFlushing: boolean
  /** Why something did not go lately: what is told of a record whose time runs out meanwhile. */
  lastFailure: KafkaError | undefined
  now(): number
  /** On the next turn it is looked at what may go and what has ended. */
  wake(): void
  /** The id under which a topic is known. */
  topicId(name: string): string
  /** Ends all that is under way. */
  failAll(failure: Failure): void
}
