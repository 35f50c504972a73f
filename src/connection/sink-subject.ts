import { type Observer, Subject } from 'rxjs'

/**
 * A Subject with a first observer that it always has and calls directly.
 *
 * A plain Subject copies, iterates and guards for observers that come and go: that is half of what sending a small
 * message costs.
 */
export class SinkSubject<T> extends Subject<T> {
  readonly #sink: Observer<T>
  #ended = false

  constructor(sink: Observer<T>) {
    super()
    this.#sink = sink
  }

  override next(value: T): void {
    if (!this.#ended && !this.closed) this.#sink.next(value)
    // Also what a Subject that has been unsubscribed does: it throws.
    if (this.observed || this.closed) super.next(value)
  }

  override error(error: unknown): void {
    if (!this.#ended && !this.closed) {
      this.#ended = true
      this.#sink.error(error)
    }
    super.error(error)
  }

  override complete(): void {
    if (!this.#ended && !this.closed) {
      this.#ended = true
      this.#sink.complete()
    }
    super.complete()
  }
}
