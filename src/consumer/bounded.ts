import { catchError, EMPTY, ignoreElements, type Observable, type SchedulerLike, takeUntil, timer } from 'rxjs'

/** The same work, of which neither a value nor an error comes out, and which is left when its time is over. */
export function bounded(work: Observable<unknown>, ms: number, scheduler: SchedulerLike): Observable<never> {
  const limited = ms === Number.POSITIVE_INFINITY ? work : work.pipe(takeUntil(timer(ms, scheduler)))
  return limited.pipe(
    ignoreElements(),
    catchError(() => EMPTY),
  )
}
