import type { Delivery, Kafka } from 'kafka-rx'
import { fromEvent, ignoreElements, type Observable, Subject, take, takeUntil, tap } from 'rxjs'
import { type Order, orders$ } from './orders.js'

/** Four seconds' worth. */
const ORDERS = 4000

/** What was ordered, and what became of it. */
export class Production {
  readonly deliveries: Delivery<Order>[] = []
  readonly over = new Subject<string>()
  isBegun = false
  isOver = false
  #ordered = 0
  #failed = 0

  run(kafka: Kafka, topic: string): Observable<never> {
    const producer = kafka.producer()
    return orders$.pipe(
      take(ORDERS),
      takeUntil(fromEvent(process, 'SIGINT')), // Ctrl-C: what was ordered until then is delivered, and billed, all the same
      tap({
        subscribe: () => {
          this.isBegun = true
        },
        next: () => this.#ordered++,
      }),
      producer.produce(order => ({ topic, key: order.customer, value: JSON.stringify(order) }), { onError: 'emit' }),
      tap({
        next: result => (result.error ? this.#failed++ : this.deliveries.push(result)),
        complete: () => {
          this.isOver = true
          this.over.next('')
        },
      }),
      ignoreElements(),
    )
  }

  get counts(): string {
    const [ordered, acknowledged, failed] = [this.#ordered, this.deliveries.length, this.#failed].map(amount)
    return `${ordered} ordered, ${acknowledged} acknowledged, ${failed} failed`
  }
}

/** As people read it. */
export const amount = (count: number): string => count.toLocaleString('en')
