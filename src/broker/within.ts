import { Observable } from 'rxjs'
import type { Deadline, Deadlines } from '../connection/deadlines.js'

/** Mirrors what `start` returns, and errors when the deadline that `start` is given, and may move, has passed. */
export function within<T>(
  deadlines: Deadlines,
  error: () => Error,
  start: (deadline: Deadline) => Observable<T>,
): Observable<T> {
  return new Observable(subscriber => {
    const deadline = deadlines.add(() => subscriber.error(error()))
    subscriber.add(deadline)
    start(deadline).subscribe(subscriber)
  })
}
