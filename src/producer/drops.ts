import type { Events } from '../cluster/events.js'

type Reason = 'overflow' | 'unsubscribed'

/** Records that were left out: counted, and told together. */
export class Drops {
  readonly #counts = new Map<string, { readonly reason: Reason; readonly topic: string; count: number }>()

  add(reason: Reason, topic: string): void {
    const key = `${reason} ${topic}`
    const counted = this.#counts.get(key)
    if (counted === undefined) this.#counts.set(key, { reason, topic, count: 1 })
    else counted.count++
  }

  tell(events: Events): void {
    if (this.#counts.size === 0) return
    const counted = [...this.#counts.values()]
    this.#counts.clear()
    for (const one of counted) events.tell({ type: 'dropped', ...one })
  }
}
