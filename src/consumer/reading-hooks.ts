import type { KafkaError } from '../errors.js'
import type { Held } from './held.js'
import type { Tenure } from './tenure.js'

/** What reading tells. */
export interface ReadingHooks {
  /** Something was fetched or passed by, or it is open now: there may be something to hand out, or its end is reached. */
  readonly onReady: (tenure: Tenure) => void
  /** Reading begins elsewhere, in a new tenure. */
  readonly onReset: (held: Held, tenure: Tenure) => void
  /** Nothing will mend this. */
  readonly onFailed: (error: KafkaError) => void
}
