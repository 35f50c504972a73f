import { type Observable, Subject } from 'rxjs'

/** How many bytes of records are held, and how many may be. */
export class Memory {
  readonly limit: number
  readonly #freed = new Subject<void>()
  /** Emits when some are given back. */
  readonly freed: Observable<void> = this.#freed
  #used = 0

  constructor(limit: number) {
    this.limit = limit
  }

  get used(): number {
    return this.#used
  }

  hasRoomFor(bytes: number): boolean {
    // A record that is larger than all there is goes alone: it will be refused for its size, or else could never be sent.
    return this.#used + bytes <= this.limit || this.#used === 0
  }

  reserve(bytes: number): void {
    this.#used += bytes
  }

  giveBack(bytes: number): void {
    this.#used -= bytes
    if (this.#freed.observed) this.#freed.next()
  }
}
