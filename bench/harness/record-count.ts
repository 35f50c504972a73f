import type { Stopwatch } from './bench.js'

/** The size of each value. */
const size = 100

/** Counts the records of a round: runs the watch from the join to the last of them. */
export class RecordCount {
  readonly done: Promise<number>
  readonly fail: (error: unknown) => void
  readonly #expected: number
  readonly #watch: Stopwatch
  readonly #resolve: (count: number) => void
  #seen = 0
  #bytes = 0

  constructor(expected: number, watch: Stopwatch) {
    const { promise, resolve, reject } = deferred<number>()
    this.done = promise
    this.fail = reject
    this.#resolve = resolve
    this.#expected = expected
    this.#watch = watch
  }

  /** All partitions are assigned: what has to be done from here on is fetching. */
  joined(): void {
    this.#watch.start()
  }

  get isDone(): boolean {
    return this.#seen >= this.#expected
  }

  /** The value is made, if that is not done yet, and looked at. */
  add(value: Buffer | null): void {
    this.#seen++
    this.#bytes += value === null || value[size - 1] === undefined ? 0 : value.length
    if (this.#seen === this.#expected) this.#finish()
  }

  #finish(): void {
    this.#watch.stop()
    if (this.#bytes === this.#expected * size) this.#resolve(this.#expected)
    else this.fail(new Error(`${this.#expected} records came to ${this.#bytes} bytes`))
  }
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((onDone, onFail) => {
    resolve = onDone
    reject = onFail
  })
  return { promise, resolve, reject }
}
