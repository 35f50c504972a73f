import { type Observable, type Observer, Subject, type Subscription, takeUntil } from 'rxjs'

/**
 * Subscribes as part of `subscription`, which can be left while a synchronous source is still emitting inside
 * `subscribe`: what that returns comes too late to leave by. `prompt: false` is for a source that never does.
 */
export function follow<T>(
  source: Observable<T>,
  subscription: Subscription,
  observer: Observer<T>,
  prompt = true,
): Subscription {
  let followed = source
  if (prompt) {
    const left = new Subject<void>()
    subscription.add(() => left.next())
    followed = source.pipe(takeUntil(left))
  }
  const { complete } = observer
  // Leaving completes takeUntil, but is not the end of the source.
  const reader = followed.subscribe({ ...observer, complete: () => subscription.closed || complete() })
  subscription.add(reader)
  return reader
}
