import { Subject } from 'rxjs'
import type { Order } from './orders.js'

/** What became of the orders, kept by all who bill: here in memory, else in a database. */
export class Books {
  /** Tells who has billed, each time. */
  readonly entered = new Subject<string>()
  /** Tells what is a dead letter now. */
  readonly buried = new Subject<Order>()
  readonly #times = new Map<number, { readonly order: Order; times: number }>()
  readonly #by = new Map<string, number>()
  readonly #dead = new Set<number>()

  bill(order: Order, by: string): void {
    const known = this.#times.get(order.id)
    if (known === undefined) this.#times.set(order.id, { order, times: 1 })
    else known.times++
    this.#by.set(by, this.billedBy(by) + 1)
    this.entered.next(by)
  }

  bury(order: Order, by: string): void {
    this.#dead.add(order.id)
    this.buried.next(order)
    this.entered.next(by)
  }

  has({ id }: Order): boolean {
    return this.#times.has(id) || this.#dead.has(id)
  }

  billedBy(name: string): number {
    return this.#by.get(name) ?? 0
  }

  get billed(): readonly Order[] {
    return [...this.#times.values()].map(({ order }) => order)
  }

  /** How many were billed more than once. */
  get twice(): number {
    return [...this.#times.values()].filter(({ times }) => times > 1).length
  }

  /** How many are accounted for. */
  get count(): number {
    return this.#times.size + this.#dead.size
  }
}
