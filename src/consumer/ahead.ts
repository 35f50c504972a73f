import { type Observable, Subscription } from 'rxjs'
import type { ConsumerRecord } from './consumer-record.js'
import type { Held } from './held.js'

/** How it is with what comes next of a partition: it may be handed out, is being made, or could not be made. */
export type Outlook = 'made' | 'making' | Unmade

/** Why the fields of a record could not be made. */
export interface Unmade {
  readonly error: unknown
}

interface Entry {
  readonly record: ConsumerRecord
  readonly work: Subscription
  outlook: Outlook
}

/**
 * What comes next of each partition, while its fields are made: it stays in its partition until they are, so that nothing
 * is lost when its reader leaves, or its tenure is over.
 */
export class Ahead {
  readonly #make: (record: ConsumerRecord, held: Held) => Observable<unknown> | undefined
  readonly #onMade: (held: Held) => void
  readonly #entries = new Map<Held, Entry>()

  /** `make` returns undefined where it is done at once; `onMade` is called when what took its time is done. */
  constructor(
    make: (record: ConsumerRecord, held: Held) => Observable<unknown> | undefined,
    onMade: (held: Held) => void,
  ) {
    this.#make = make
    this.#onMade = onMade
  }

  /** Of the record that comes next, which is the one of before until that is handed out. */
  see(held: Held, record: ConsumerRecord): Outlook {
    const known = this.#entries.get(held)
    if (known?.record === record) {
      if (known.outlook !== 'making') this.#entries.delete(held)
      return known.outlook
    }
    this.drop(held)
    let later: Observable<unknown> | undefined
    try {
      later = this.#make(record, held)
    } catch (error) {
      return { error }
    }
    return later === undefined ? 'made' : this.#await(held, record, later)
  }

  /** What is being made of this partition is not wanted any more. */
  drop(held: Held): void {
    this.#entries.get(held)?.work.unsubscribe()
    this.#entries.delete(held)
  }

  dropAll(): void {
    for (const { work } of this.#entries.values()) work.unsubscribe()
    this.#entries.clear()
  }

  #await(held: Held, record: ConsumerRecord, later: Observable<unknown>): Outlook {
    const entry: Entry = { record, work: new Subscription(), outlook: 'making' }
    this.#entries.set(held, entry)
    let isInside = true
    const settle = (outlook: Outlook) => {
      entry.outlook = outlook
      if (!isInside) this.#onMade(held)
    }
    entry.work.add(later.subscribe({ error: error => settle({ error }), complete: () => settle('made') }))
    isInside = false
    if (entry.outlook !== 'making') this.#entries.delete(held)
    return entry.outlook
  }
}
