import { type Observable, Observable as Rx, Subscription } from 'rxjs'
import type { Broker } from '../broker/index.js'

/**
 * Mirrors what `use` makes of a borrowed broker, and gives it back at the end.
 *
 * Once it is there, its requests say themselves how its connection ended, and with which outcome: so from then on the
 * loan's own error is not listened to.
 */
export function withBroker<T>(loan: Observable<Broker>, use: (broker: Broker) => Observable<T>): Observable<T> {
  return new Rx(subscriber => {
    const life = new Subscription()
    let isUsed = false
    subscriber.add(life)
    life.add(
      loan.subscribe({
        next: broker => {
          isUsed = true
          life.add(use(broker).subscribe(subscriber))
        },
        error: error => isUsed || subscriber.error(error),
      }),
    )
  })
}
