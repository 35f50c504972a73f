/** What stands in a {@link DueHeap}: in at most one at a time, so that it knows its own place. */
export interface Due {
  readonly due: number
  /** Its place in the heap; -1 where it is in none. */
  place: number
}

/** What falls due, the earliest first: adding and taking out cost the logarithm of how many there are. */
export class DueHeap<T extends Due> {
  /** None is due before the one at half its place. */
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  /** The earliest. */
  get first(): T | undefined {
    return this.#items[0]
  }

  push(item: T): void {
    this.#rise(item, this.#items.length)
  }

  /** Takes the earliest out. */
  shift(): T | undefined {
    const { first } = this
    if (first !== undefined) this.remove(first)
    return first
  }

  remove(item: T): void {
    const { place } = item
    if (place < 0) return
    item.place = -1
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    if (last.due < item.due) this.#rise(last, place)
    else this.#sink(last, place)
  }

  clear(): void {
    for (const item of this.#items) item.place = -1
    this.#items.length = 0
  }

  #rise(item: T, from: number): void {
    let place = from
    while (place > 0) {
      const above = this.#items[(place - 1) >> 1] as T
      if (above.due <= item.due) break
      this.#put(above, place)
      place = (place - 1) >> 1
    }
    this.#put(item, place)
  }

  #sink(item: T, from: number): void {
    const items = this.#items
    let place = from
    for (let below = 2 * place + 1; below < items.length; below = 2 * place + 1) {
      let first = items[below] as T
      const other = items[below + 1]
      if (other !== undefined && other.due < first.due) first = other
      if (first.due >= item.due) break
      const freed = first.place
      this.#put(first, place)
      place = freed
    }
    this.#put(item, place)
  }

  #put(item: T, place: number): void {
    this.#items[place] = item
    item.place = place
  }
}
