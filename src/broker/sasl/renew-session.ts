import { EMPTY, expand, ignoreElements, type Observable, of, switchMap, timer } from 'rxjs'
import type { BrokerSettings } from '../broker-options.js'
import type { RandomBytes } from '../random-bytes.js'

/** The longest delay that node's timers hold. */
const MAX_DELAY = 2 ** 31 - 1

/** Authenticates again and again, each time before the session ends. */
export function renewSession(
  first: number,
  settings: BrokerSettings,
  authenticate: () => Observable<number>,
): Observable<never> {
  const {
    random,
    connect: { scheduler },
  } = settings
  return of(first).pipe(
    expand(lifetime =>
      lifetime > 0 ? timer(renewAfter(lifetime, random), scheduler).pipe(switchMap(authenticate)) : EMPTY,
    ),
    ignoreElements(),
  )
}

/** After 85 to 95 % of its lifetime, as Kafka's own clients do: not all clients at once, and with time to spare. */
function renewAfter(lifetime: number, random: RandomBytes): number {
  const [chance = 0] = random(1)
  return Math.min(Math.floor(lifetime * (0.85 + 0.1 * (chance / 256))), MAX_DELAY)
}
