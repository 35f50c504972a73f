import { filter, map, type Observable, Subject, take } from 'rxjs'
import type { Cohort } from './entry.js'

/** Who waits for all to be sent, and for what: a flush waits for all that came before it, and for nothing after. */
export class Flushes {
  /** To which a record belongs that comes now. */
  cohort: Cohort = { open: 0 }
  /** Those before, of which not all have ended. */
  #before: Cohort[] = []
  readonly #settled = new Subject<void>()

  /** Whether somebody waits: then nothing lingers. */
  get areWaiting(): boolean {
    return this.#before.length > 0
  }

  /** Begins one; emits once all that came before has ended. */
  begin(): Observable<void> {
    if (this.cohort.open > 0) {
      this.#before.push(this.cohort)
      this.cohort = { open: 0 }
    }
    const mine = [...this.#before]
    const isOver = () => mine.every(({ open }) => open === 0)
    return this.#settled.pipe(
      filter(isOver),
      take(1),
      map(() => undefined),
    )
  }

  /** Records may have ended. */
  settle(): void {
    this.#before = this.#before.filter(({ open }) => open > 0)
    if (this.#settled.observed) this.#settled.next()
  }
}
