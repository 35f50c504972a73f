import type { Kafka } from 'kafka-rx'
import { concat, fromEvent, ignoreElements, merge, type Observable, take } from 'rxjs'

/** Either of what asks a process to end. */
export const signals$: Observable<unknown> = merge(fromEvent(process, 'SIGTERM'), fromEvent(process, 'SIGINT')).pipe(
  take(1),
)

/**
 * Bills until it is to stop: then no more is taken, what runs is finished and committed, the group is left and every
 * connection closed. Completes after that.
 */
export function billUntil(
  kafka: Kafka,
  bill: (value: Buffer | null) => Promise<void>,
  until: Observable<unknown> = signals$,
): Observable<never> {
  const billed = kafka.consume({ group: 'billing', topics: 'orders', until }, ({ value }) => bill(value))
  return concat(billed, kafka.released).pipe(ignoreElements())
}

/** The same with await: `forEach` is the Promise that does not mind if nothing came. */
export async function main(
  kafka: Kafka,
  describe: (value: Buffer | null) => Promise<string>,
  until: Observable<unknown> = signals$,
): Promise<void> {
  await kafka
    .consume({ group: 'audit', topics: 'orders', until }, ({ value }) => describe(value))
    .forEach(line => {
      console.log(line)
    })
}
