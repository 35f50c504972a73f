import { Observable, tap } from 'rxjs'
import type { ConsumerRecord } from './consumer-record.js'
import { type Deserializers, deserialize } from './deserialize.js'

/** What came of it. */
export interface Made {
  readonly records: ConsumerRecord[]
  /** Whether none is left. */
  isAll: boolean
}

/**
 * Makes keys and values of records, one record after another, and puts those in `made`: now, or, where a deserializer
 * takes its time, when what is returned completes. Ends before the first that fails.
 *
 * Throws, or errors with, what the very first fails of.
 */
export function deserializeAll(
  records: Iterable<ConsumerRecord>,
  deserializers: Deserializers,
  made: Made,
): Observable<unknown> | undefined {
  const rest = records[Symbol.iterator]()

  /** Goes as far as can be without waiting; returns what is to be waited for. */
  function advance(): Observable<unknown> | undefined {
    try {
      for (let { done, value } = rest.next(); done !== true; { done, value } = rest.next()) {
        const record: ConsumerRecord = value
        const later = deserialize(record, deserializers)
        if (later !== undefined) return later.pipe(tap({ complete: () => made.records.push(record) }))
        made.records.push(record)
      }
      made.isAll = true
    } catch (error) {
      if (made.records.length === 0) throw error
    }
    return undefined
  }

  const first = advance()
  if (first === undefined) return undefined
  return new Observable(subscriber => {
    /** A loop, since what answers at once must not recurse. */
    function goOn(later: Observable<unknown> | undefined): void {
      for (let awaited = later; awaited !== undefined; awaited = advance()) {
        let isInside = true
        let isDone = false
        subscriber.add(
          awaited.subscribe({
            error: error => {
              if (made.records.length === 0) subscriber.error(error)
              else subscriber.complete()
            },
            complete: () => {
              isDone = true
              if (!isInside) goOn(advance())
            },
          }),
        )
        isInside = false
        if (!isDone) return
      }
      subscriber.complete()
    }

    goOn(first)
  })
}
