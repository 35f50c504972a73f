import { interval, mergeMap, type Observable, range } from 'rxjs'

/** What somebody wants, and is to pay. */
export interface Order {
  /** Counts up: of two orders the later one has the higher number. */
  readonly id: number
  readonly customer: string
  readonly item: string
  readonly cents: number
}

const customers = [
  'alice',
  'bob',
  'carol',
  'dave',
  'erin',
  'frank',
  'grace',
  'heidi',
  'ivan',
  'judy',
  'mallory',
  'olivia',
]
const items = ['apples', 'bread', 'cheese', 'dates', 'eggs', 'figs', 'grapes']

/** A thousand orders a second, without an end. */
export const orders$: Observable<Order> = interval(10).pipe(mergeMap(tick => range(tick * 10, 10), newOrder))

/** The order of a number: always the same one, and so that neighbours differ. */
function newOrder(_tick: number, id: number): Order {
  const customer = customers[(id * 5) % customers.length] ?? ''
  const item = items[(id * 3) % items.length] ?? ''
  return { id, customer, item, cents: 99 + ((id * 37) % 1900) }
}

/** What a record's value says: the deserializer of all who read orders. */
export function orderOf(bytes: Buffer | null): Order {
  return JSON.parse(String(bytes))
}
