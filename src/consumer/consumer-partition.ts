import { Observable } from 'rxjs'
import type { ConsumerRecord } from './consumer-record.js'
import type { Deserializers } from './deserialize.js'
import type { Handout } from './handout.js'
import type { Held } from './held.js'
import { readRecords } from './records.js'

/**
 * The records of one partition, while it is held: completes when it is revoked or lost. Left and resumed it goes on right
 * behind the last record emitted.
 *
 * ```text
 * partitions        --p-----q------
 * p                   -1-2-3|              revoked
 * q                         --1-2-3-
 * ```
 *
 * @example
 * consumer.partitions.pipe(mergeMap(partition => partition.pipe(scan(count => count + 1, 0)))).subscribe(console.log)
 */
export class ConsumerPartition<K = Buffer | null, V = Buffer | null> extends Observable<ConsumerRecord<K, V>> {
  /** The topic's name. */
  readonly topic: string
  /** Its number. */
  readonly partition: number

  /** @internal */
  constructor(handout: Handout, deserializers: Deserializers, held: Held) {
    super(subscriber => {
      if (handout.isReadable(held)) readRecords(subscriber as never, handout, deserializers, held)
      else subscriber.complete()
    })
    this.topic = held.topic
    this.partition = held.partition
  }
}
