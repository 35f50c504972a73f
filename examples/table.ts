import type { Kafka } from 'kafka-rx'
import { type Observable, reduce } from 'rxjs'

/** A compacted topic as a Map: emits it once, as it is now. `to` is what makes it end. */
export function settingsOf(kafka: Kafka): Observable<ReadonlyMap<string, string>> {
  return kafka
    .consumer({ topics: 'settings', to: 'latest', key: String }, settings => settings)
    .pipe(
      reduce((table, { key, value }) => {
        if (value === null) table.delete(key)
        else table.set(key, String(value))
        return table
      }, new Map<string, string>()),
    )
}
