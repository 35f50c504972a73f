import type { SchedulerLike } from 'rxjs'
import type { Deserializers } from './deserialize.js'
import type { Handout } from './handout.js'
import type { Held } from './held.js'

/** What runs handlers needs of who reads. */
export interface Consuming {
  readonly handout: Handout
  readonly scheduler: SchedulerLike
  readonly deserializers: Deserializers
  /** So many more records are handled. To be remembered, not to be acted on at once. */
  acknowledged(count: number): void
  /** Records of its tenure are in work and nobody handles them any more: a new tenure is to begin at what is handled. */
  restart(held: Held): void
}
