import { isObservable, Subscriber } from 'rxjs'
import { ArgumentError } from '../errors.js'
import type { HandlerContext } from './handler.js'
import type { Held } from './held.js'
import type { Tenure } from './tenure.js'

/** Whom a {@link Running} tells. */
export interface RunningOwner<Item> {
  emit(value: unknown): void
  done(running: Running<Item>): void
  failed(running: Running<Item>, error: unknown): void
  /** What the handler returned cannot be right: nothing that `onError` should see. */
  end(error: unknown): void
}

/** One handler, or one `onError`, that runs: it reads what that returned. */
export class Running<Item> extends Subscriber<unknown> {
  readonly item: Item
  readonly held: Held
  readonly tenure: Tenure
  readonly context = new Context()
  /** What the handler of the item failed of, where this is its `onError`. */
  readonly failure: { readonly error: unknown } | undefined
  /** When it began, as the scheduler has it. */
  since = 0
  /** Whether others wait behind it, and by which key. */
  hasPlace = false
  key: string | undefined
  isPromise = false
  readonly #owner: RunningOwner<Item>

  constructor(owner: RunningOwner<Item>, item: Item, held: Held, failure: { readonly error: unknown } | undefined) {
    super()
    this.#owner = owner
    this.item = item
    this.held = held
    this.tenure = held.tenure
    this.failure = failure
  }

  /** It is not wanted any more. */
  abandon(): void {
    this.unsubscribe()
    this.context.abort()
  }

  protected override _next(value: unknown): void {
    if (this.isPromise && isObservable(value)) {
      const what = this.failure === undefined ? 'the handler' : 'onError'
      const error = `${what} returned a Promise that resolves to an Observable, which nobody subscribes to: return the Observable itself`
      this.unsubscribe()
      this.#owner.end(new ArgumentError(error))
    } else if (this.failure === undefined) this.#owner.emit(value)
  }

  protected override _error(error: unknown): void {
    this.unsubscribe()
    this.#owner.failed(this, error)
  }

  protected override _complete(): void {
    this.unsubscribe()
    this.#owner.done(this)
  }
}

/** Its signal is made only for who asks for it. */
class Context implements HandlerContext {
  #controller: AbortController | undefined
  #isAborted = false

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isAborted) this.#controller.abort()
    return this.#controller.signal
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort()
  }
}
