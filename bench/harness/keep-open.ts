import type { Observable } from 'rxjs'

/** What `source` emits first, which stays open until it is closed: `firstValueFrom` would close it at once. */
export function keepOpen<T>(source: Observable<T>): Promise<{ readonly opened: T; readonly close: () => void }> {
  return new Promise((resolve, reject) => {
    const subscription = source.subscribe({
      // On a later turn, since what emits inside its own subscribe has no subscription yet.
      next: opened => queueMicrotask(() => resolve({ opened, close: () => subscription.unsubscribe() })),
      error: reject,
    })
  })
}
