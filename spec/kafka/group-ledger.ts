import type { JavaRecord } from './java-records.js'

/** Once that a record was handled. */
interface Handling {
  readonly member: string
  /** Of its partition, by this member: assignments, revokes and losses until then. */
  readonly tenure: number
}

interface Ending {
  readonly what: 'revoked' | 'lost' | 'uncommitted'
  readonly tenure: number
}

/**
 * What the members of a group did: adds to `breaches` what must not be, whatever was killed and when.
 *
 * - What is committed was handled before, from the start on.
 * - A record is handled twice only where somebody who handled it was killed, lost the partition, or was told that its
 *   commit failed; and never when it was committed before that.
 */
export class GroupLedger {
  readonly group: string
  readonly breaches: string[] = []
  /** How often each came to pass. */
  readonly counts: Record<string, number> = {}
  readonly #handlings = new Map<number, Map<bigint, Handling[]>>()
  readonly #values = new Map<number, Map<bigint, string>>()
  readonly #tenures = new Map<string, number>()
  readonly #endings = new Map<string, Ending[]>()
  readonly #killed = new Set<string>()
  readonly #committed = new Map<number, bigint>()
  /** Below which all of a partition is handled. */
  readonly #handled = new Map<number, bigint>()
  /** Handled after they were committed, and by whom. */
  readonly #afterCommit: { readonly partition: number; readonly offset: bigint; readonly by: Handling }[] = []

  constructor(group: string) {
    this.group = group
  }

  /** A line that a member has written: when, what, and of which partition. */
  note(member: string, line: string): void {
    const [, what = '', partitionText = '', offsetText = '', ...rest] = line.split(' ')
    const partition = Number(partitionText)
    const key = `${member} ${partition}`
    this.count(what)
    if (what === 'handled') {
      this.#handle(member, partition, BigInt(offsetText), rest.join(' '))
    } else if (what === 'assigned') {
      this.#tenures.set(key, this.#tenureOf(key) + 1)
    } else if (what === 'revoked' || what === 'lost' || what === 'uncommitted') {
      const endings = this.#endings.get(key) ?? []
      this.#endings.set(key, [...endings, { what, tenure: this.#tenureOf(key) }])
    } else if (!['started', 'committed', 'released'].includes(what)) this.breaches.push(`${member}: ${line}`)
  }

  /** It was killed: what it had not committed may be handled again. */
  kill(member: string): void {
    this.#killed.add(member)
  }

  /** What the group had committed before the lines noted until now were all written. */
  look(committed: ReadonlyMap<number, bigint>): void {
    this.count('looks')
    for (const [partition, offset] of committed) {
      const before = this.#committed.get(partition) ?? 0n
      if (offset < before)
        this.breaches.push(`${this.group}: ${partition} was committed back from ${before} to ${offset}`)
      this.#committed.set(partition, offset)
      const handled = this.handled(partition)
      if (offset > handled) {
        this.breaches.push(`${this.group}: ${partition} is committed at ${offset} and handled up to ${handled} only`)
      }
    }
  }

  /** Below which all of a partition is handled. */
  handled(partition: number): bigint {
    const handlings = this.#handlings.get(partition)
    let offset = this.#handled.get(partition) ?? 0n
    while (handlings?.has(offset)) offset++
    this.#handled.set(partition, offset)
    return offset
  }

  /** Each record once, as if it had been read from the log. */
  get log(): readonly JavaRecord[] {
    const rest = { timestamp: 0n, key: null, headers: [] }
    return [...this.#values]
      .toSorted(([one], [other]) => one - other)
      .flatMap(([partition, values]) =>
        [...values]
          .toSorted(([one], [other]) => Number(one - other))
          .map(([offset, value]) => ({ partition, offset, value: Buffer.from(value), ...rest })),
      )
  }

  /** To be called when all is noted. */
  audit(): void {
    for (const [partition, handlings] of this.#handlings) {
      for (const [offset, all] of handlings) {
        if (all.length === 1) continue
        this.count('again', all.length - 1)
        if (all.filter(by => !this.#isExcused(partition, by)).length < 2) continue
        const who = all.map(({ member }) => member).join(' and ')
        this.breaches.push(`${this.group}: ${partition}:${offset} was handled by ${who}, and nobody was told why`)
      }
    }
    for (const { partition, offset, by } of this.#afterCommit) {
      if (this.#isExcused(partition, by)) continue
      this.breaches.push(`${this.group}: ${partition}:${offset} was handled by ${by.member} after it was committed`)
    }
  }

  #handle(member: string, partition: number, offset: bigint, value: string): void {
    const by = { member, tenure: this.#tenureOf(`${member} ${partition}`) }
    const handlings = this.#of(this.#handlings, partition)
    const values = this.#of(this.#values, partition)
    const before = handlings.get(offset)
    if (before === undefined) {
      handlings.set(offset, [by])
      values.set(offset, value)
    } else {
      before.push(by)
      if (values.get(offset) !== value)
        this.breaches.push(`${partition}:${offset} was ${values.get(offset)} and ${value}`)
    }
    if (offset < (this.#committed.get(partition) ?? 0n)) this.#afterCommit.push({ partition, offset, by })
  }

  #isExcused(partition: number, { member, tenure }: Handling): boolean {
    if (this.#killed.has(member)) return true
    const endings = this.#endings.get(`${member} ${partition}`) ?? []
    return endings.some(ending => ending.tenure === tenure && ending.what !== 'revoked')
  }

  #tenureOf(key: string): number {
    return this.#tenures.get(key) ?? 0
  }

  #of<Value>(all: Map<number, Map<bigint, Value>>, partition: number): Map<bigint, Value> {
    const found = all.get(partition) ?? new Map<bigint, Value>()
    all.set(partition, found)
    return found
  }

  count(what: string, times = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + times
  }
}
