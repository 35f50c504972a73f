import { Observable } from 'rxjs'
import { ConsumerPartition } from './consumer-partition.js'
import type { Deserializers } from './deserialize.js'
import type { Handout } from './handout.js'

/** Emits each partition that is held, and those held later, once. */
export function partitions(handout: Handout, deserializers: Deserializers): Observable<ConsumerPartition> {
  return new Observable(subscriber => {
    const present = handout.held
    subscriber.add(
      handout.added.subscribe({
        next: held => subscriber.next(new ConsumerPartition(handout, deserializers, held)),
        error: error => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    )
    for (const held of present) {
      if (subscriber.closed) return
      if (handout.isReadable(held)) subscriber.next(new ConsumerPartition(handout, deserializers, held))
    }
  })
}
