import type { Observable, ObservableInput } from 'rxjs'

/** What a handler is given beside its record or batch. */
export interface HandlerContext {
  /** Aborted when the handler is unsubscribed; made when it is asked for. */
  readonly signal: AbortSignal
}

type NobodySubscribes =
  'this Promise resolves to an Observable that nobody subscribes to: return the Observable itself, or await lastValueFrom(it)'
type Flat<O> =
  O extends ObservableInput<infer R>
    ? [R] extends [never]
      ? unknown
      : unknown extends R
        ? unknown
        : R extends Observable<unknown>
          ? NobodySubscribes
          : unknown
    : never

/**
 * Handles a record or a batch: it is handled when what is returned completes. Not `void`: a forgotten `return` does not
 * compile.
 *
 * @example
 * const handler = async (record: ConsumerRecord, { signal }: HandlerContext) => {
 *   const response = await fetch('http://localhost:8080/', { method: 'POST', body: record.value, signal })
 *   return response.status
 * }
 */
export type Handler<Item, O extends ObservableInput<unknown>> = (item: Item, context: HandlerContext) => O & Flat<O>
