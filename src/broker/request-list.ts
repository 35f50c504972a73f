/** What stands in a {@link RequestList}: in at most one at a time, so that it can carry its own links. */
export interface Listed<T> {
  previous: T | undefined
  next: T | undefined
}

/** Requests in order; adding, taking the first and taking one out of the middle cost the same however many there are. */
export class RequestList<T extends Listed<T>> {
  first: T | undefined
  last: T | undefined
  size = 0

  push(item: T): void {
    item.previous = this.last
    item.next = undefined
    if (this.last === undefined) this.first = item
    else this.last.next = item
    this.last = item
    this.size++
  }

  remove(item: T): void {
    if (item.previous === undefined) this.first = item.next
    else item.previous.next = item.next
    if (item.next === undefined) this.last = item.previous
    else item.next.previous = item.previous
    item.previous = undefined
    item.next = undefined
    this.size--
  }

  /** Empties the list. */
  takeAll(): T[] {
    const all = [...this]
    for (const item of all) this.remove(item)
    return all
  }

  *[Symbol.iterator](): Generator<T> {
    let next: T | undefined
    for (let item = this.first; item !== undefined; item = next) {
      // Read first: the loop's body may take the item out.
      next = item.next
      yield item
    }
  }
}
