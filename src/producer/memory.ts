import { type Observable, Subject } from 'rxjs'

/** How many bytes of records are held, and how many may be. */
export class Memory {
  readonly limit: number
  readonly #freed = new Subject<void>()
  /** Emits when some have been given back. */
  readonly freed: Observable<void> = this.#freed
  #used = 0
  #isFreed = false

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

  /** Who waits for it hears of it by `tell`, since that sends more, and here things are half done. */
  giveBack(bytes: number): void {
    this.#used -= bytes
    this.#isFreed = true
  }

  /** Whether somebody waits for what is free now. */
  get hasNews(): boolean {
    return this.#isFreed && this.#freed.observed
  }

  tell(): void {
    if (!this.#isFreed) return
    this.#isFreed = false
    this.#freed.next()
  }
}
