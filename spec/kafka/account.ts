import type { Delivery, Undelivered } from '../../src/producer/delivery.js'
import type { JavaRecord } from './java-records.js'

/** What was told of a record. */
type Fate = { readonly partition: number; readonly offset: bigint } | 'unsent' | 'rejected' | 'unknown'

/** How many records ended how. */
export type Outcomes = Record<'delivered' | 'unsent' | 'rejected' | 'unknown', number>

/** The records that one user of a producer sent, in order, and what it was told of each. */
export class Account {
  readonly name: string
  /** What was told that cannot be. */
  readonly breaches: string[] = []
  readonly #fates: (Fate | undefined)[] = []
  readonly #last = new Map<number, number>()
  /** In ms: first when it was sent, then how long that took. */
  readonly #times: number[] = []
  readonly #isInOrder: boolean

  /** `isInOrder`: deliveries of one partition are told in their order. */
  constructor(name: string, isInOrder = true) {
    this.name = name
    this.#isInOrder = isInOrder
  }

  /** How many were sent. */
  get count(): number {
    return this.#fates.length
  }

  /** The number of the next record: to be asked for when it is sent. */
  next(): number {
    this.#times.push(performance.now())
    return this.#fates.push(undefined) - 1
  }

  /** What a record carries. */
  value(number: number): string {
    return `${this.name} ${number}`
  }

  tell(number: number, result: Delivery | Undelivered): void {
    if (this.#fates[number] !== undefined) this.breaches.push(`${this.value(number)} was told twice`)
    const { partition, offset, error } = result
    this.#times[number] = performance.now() - (this.#times[number] ?? 0)
    if (error !== undefined) {
      this.#fates[number] = error.outcome
      return
    }
    this.#fates[number] = { partition, offset }
    if (this.#isInOrder && number < (this.#last.get(partition) ?? -1)) {
      this.breaches.push(`${this.value(number)} was told late`)
    }
    this.#last.set(partition, number)
  }

  /** How long the records took, in ms: this part of them no longer than that. */
  latency(part: number): number {
    const times = this.#times.toSorted((one, other) => one - other)
    return Math.round(times[Math.floor((times.length - 1) * part)] ?? 0)
  }

  get outcomes(): Outcomes {
    const outcomes: Outcomes = { delivered: 0, unsent: 0, rejected: 0, unknown: 0 }
    for (const fate of this.#fates) if (fate !== undefined) outcomes[typeof fate === 'object' ? 'delivered' : fate]++
    return outcomes
  }

  /**
   * Compares with the records of this account that the log has, partition by partition: adds to `breaches` what is told
   * and not so. Each is there once, where it was told to be, in the order of sending; what was told not to be is not.
   */
  audit(log: readonly JavaRecord[]): void {
    const found = new Set<number>()
    let last = { partition: -1, number: -1 }
    for (const { partition, offset, value } of log) {
      const number = Number(String(value).split(' ')[1])
      const what = `${this.value(number)}, at ${partition}:${offset},`
      const fate = this.#fates[number]
      if (found.has(number)) this.breaches.push(`${what} is there twice`)
      found.add(number)
      if (partition === last.partition && number < last.number) {
        this.breaches.push(`${what} stands behind ${last.number}`)
      }
      last = { partition, number }
      if (fate === 'unsent' || fate === 'rejected') this.breaches.push(`${what} was told ${fate}`)
      // Of one that the broker had already it may not say where.
      if (typeof fate === 'object' && (fate.partition !== partition || ![offset, -1n].includes(fate.offset))) {
        this.breaches.push(`${what} was told at ${fate.partition}:${fate.offset}`)
      }
    }
    for (const [number, fate] of this.#fates.entries()) {
      if (fate === undefined) this.breaches.push(`nothing was told of ${this.value(number)}`)
      if (typeof fate === 'object' && !found.has(number)) {
        this.breaches.push(`${this.value(number)} was told at ${fate.partition}:${fate.offset} and is not there`)
      }
    }
  }
}
