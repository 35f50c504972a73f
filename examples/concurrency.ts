import type { Kafka } from 'kafka-rx'
import type { Observable } from 'rxjs'

/**
 * Posts each order to a service, twenty at once, those of one customer one after another. A request that is given up, since
 * its time is over, its partition moves or nobody wants it any more, is aborted. Emits each answer's status.
 */
export function postOrders(kafka: Kafka, url: string): Observable<number> {
  return kafka.consume(
    { group: 'posting', topics: 'orders', concurrency: 20, order: 'key' },
    async ({ value }, { signal }) => {
      const { status } = await fetch(url, { method: 'POST', body: String(value), signal })
      return status
    },
  )
}
