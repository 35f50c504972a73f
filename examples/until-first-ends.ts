import { endWith, merge, type Observable, takeWhile } from 'rxjs'

/** Both, for as long as the first runs. */
export function untilFirstEnds<T>(first: Observable<T>, second: Observable<T>): Observable<T> {
  return merge(second, first.pipe(endWith(undefined))).pipe(takeWhile(value => value !== undefined))
}
