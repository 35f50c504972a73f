/** What falls due, the earliest first: a binary heap. */
export class DueHeap<T extends { readonly due: number }> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  /** The earliest. */
  get first(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = items[parent] as T
      if (above.due <= item.due) break
      items[at] = above
      at = parent
    }
    items[at] = item
  }

  /** Takes the earliest out. */
  shift(): T | undefined {
    const items = this.#items
    const [first] = items
    const last = items.pop()
    if (last === undefined || items.length === 0) return first
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= items.length) break
      const right = left + 1
      const child = right < items.length && (items[right] as T).due < (items[left] as T).due ? right : left
      const below = items[child] as T
      if (below.due >= last.due) break
      items[at] = below
      at = child
    }
    items[at] = last
    return first
  }
}
