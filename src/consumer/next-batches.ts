import { Ahead, type Unmade } from './ahead.js'
import { ConsumerBatch } from './consumer-batch.js'
import type { ConsumerRecord } from './consumer-record.js'
import type { Deserializers } from './deserialize.js'
import { deserializeAll, type Made } from './deserialize-all.js'
import type { Held } from './held.js'
import type { Portion } from './portion.js'

/** A batch; one that could not be made, with its one record as it came; or none, now or until it is made. */
export type NextBatch = { readonly batch: ConsumerBatch; readonly failure: Unmade | undefined } | 'dry' | 'busy'

/** Hands out the portions of partitions as batches, their records made by the deserializers. */
export class NextBatches {
  readonly #ahead: Ahead | undefined
  readonly #made = new Map<Held, Made>()

  /** `onMade` is called when a batch that was `busy` is to be had. */
  constructor(deserializers: Deserializers, onMade: (held: Held) => void) {
    if (deserializers.key === undefined && deserializers.value === undefined) return
    this.#ahead = new Ahead((first, held) => {
      const made: Made = { records: [], isAll: false }
      this.#made.set(held, made)
      const portion = held.tenure.current as Portion
      return deserializeAll(portion.recordsFrom(first), deserializers, made)
    }, onMade)
  }

  /** The next of a partition. Throws what is wrong with what was fetched. */
  take(held: Held): NextBatch {
    const { tenure } = held
    const first = tenure.peek()
    if (first === undefined) return 'dry'
    if (this.#ahead === undefined) return { batch: takeWhole(held, undefined), failure: undefined }
    const outlook = this.#ahead.see(held, first)
    if (outlook === 'making') return 'busy'
    const made = this.#made.get(held)
    this.#made.delete(held)
    // The deserializer is the user's, who may have left, or closed the partition.
    if (made === undefined) return 'busy'
    if (held.tenure !== tenure || tenure.peek() !== first) return 'dry'
    if (outlook !== 'made') return { batch: takeFirst(held, [first.raw()]), failure: outlook }
    const { records, isAll } = made
    return { batch: isAll ? takeWhole(held, records) : takeFirst(held, records), failure: undefined }
  }

  drop(held: Held): void {
    this.#ahead?.drop(held)
    this.#made.delete(held)
  }

  dropAll(): void {
    this.#ahead?.dropAll()
    this.#made.clear()
  }
}

function takeWhole({ tenure }: Held, made: ConsumerRecord[] | undefined): ConsumerBatch {
  const portion = tenure.current as Portion
  const { lastOffset } = portion
  const { first, records, count } = tenure.takePortion() as NonNullable<ReturnType<typeof tenure.takePortion>>
  return new ConsumerBatch({ portion, first, records: made ?? records, count, lastOffset, isWhole: true })
}

/** Those that could be made of a portion: the others come next. */
function takeFirst({ tenure }: Held, made: ConsumerRecord[]): ConsumerBatch {
  const portion = tenure.current as Portion
  const [first] = made as [ConsumerRecord]
  for (let left = made.length; left > 0; left--) tenure.take()
  const lastOffset = (made.at(-1) as ConsumerRecord).offset
  return new ConsumerBatch({ portion, first, records: made, count: made.length, lastOffset, isWhole: false })
}
