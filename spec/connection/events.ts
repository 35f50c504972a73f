import { Observable, type Subscription } from 'rxjs'

/** What an Observable has emitted so far, then `complete` or its error: at once, and as it goes on. */
export function eventsOf<T>(source: Observable<T>): {
  readonly events: unknown[]
  readonly subscription: Subscription
} {
  const events: unknown[] = []
  const subscription = source.subscribe({
    next: value => events.push(value),
    error: error => events.push(String(error)),
    complete: () => events.push('complete'),
  })
  return { events, subscription }
}

/** Bytes for as long as they are wanted, without ever returning before. */
export function endless(bytes: Uint8Array): { readonly source: Observable<Uint8Array>; emitted: number } {
  const counted = {
    emitted: 0,
    source: new Observable<Uint8Array>(subscriber => {
      while (!subscriber.closed) {
        counted.emitted++
        subscriber.next(bytes)
      }
    }),
  }
  return counted
}
