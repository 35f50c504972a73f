import fc from 'fast-check'
import { EMPTY, Subscription, timer } from 'rxjs'
import { expect, it } from 'vitest'
import { batches } from '../../src/consumer/batches.js'
import { consume } from '../../src/consumer/consume.js'
import { consumeBatches } from '../../src/consumer/consume-batches.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import type { Held } from '../../src/consumer/held.js'
import { partitions } from '../../src/consumer/partitions.js'
import { records } from '../../src/consumer/records.js'
import type { Tenure } from '../../src/consumer/tenure.js'
import { acknowledge, PartitionWorld, place } from './partition-world.js'

const RECORDS = 60
const PARTITIONS = 3

type Reading = (typeof readings)[number]
const readings = [
  'records',
  'batches',
  'partitions',
  'consume',
  'consume at once',
  'consume by key',
  'consumeBatches',
] as const

type Step =
  | { readonly do: 'read'; readonly how: Reading }
  | { readonly do: 'leave'; readonly which: number }
  | { readonly do: 'hold' | 'halt' | 'revoke' | 'lose' | 'pause' | 'resume'; readonly partition: number }
  | { readonly do: 'seek'; readonly partition: number; readonly offset: number }
  | { readonly do: 'wait'; readonly ms: number }

const partition = fc.nat(PARTITIONS - 1)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('read' as const), how: fc.constantFrom(...readings) }),
    fc.record({ do: fc.constant('leave' as const), which: fc.nat(3) }),
    fc.record({ do: fc.constantFrom('hold', 'halt', 'revoke', 'lose', 'pause', 'resume'), partition }),
    fc.record({ do: fc.constant('seek' as const), partition, offset: fc.nat(RECORDS) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(5) }),
  ) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 60, size: 'max' },
)

/** Any life of partitions and readers; every record that is handed out has to be the next of its tenure. */
class Life {
  readonly here = new PartitionWorld({
    records: RECORDS,
    portion: 7,
    batch: 3,
    prefetch: 2000,
    keyOf: offset => `${offset % 3}`,
    deserializers: {
      // Some take their time.
      value: bytes => (Number(bytes) % 5 === 0 ? timer(1, this.here.scheduler) : String(bytes)),
    },
  })
  readonly held = new Map<number, Held>()
  /** What throws in a `next` is told elsewhere, so it is noted. */
  readonly problems: string[] = []
  seen = 0
  readonly #next = new Map<Tenure, bigint>()
  readonly #readers: Subscription[] = []
  #time = 0

  take(step: Step): void {
    switch (step.do) {
      case 'read':
        this.read(step.how)
        break
      case 'leave':
        this.#readers.splice(step.which, 1)[0]?.unsubscribe()
        break
      case 'wait':
        this.#time += step.ms
        this.here.flush(this.#time)
        break
      default:
        this.#change(step)
    }
  }

  read(how: Reading): void {
    const { here } = this
    const { handout, deserializers } = here
    const each = (record: ConsumerRecord<unknown, unknown>) => {
      this.#see(record)
      acknowledge(record)
    }
    const handle = (one: ConsumerRecord<unknown, unknown>) => {
      this.#see(one)
      return timer(Number(one.offset) % 3, here.scheduler)
    }
    const readers: Record<Reading, () => Subscription> = {
      records: () => records(handout, deserializers).subscribe(each),
      batches: () =>
        batches(handout, deserializers).subscribe(batch => {
          for (const record of batch) this.#see(record)
          batch.acknowledge()
        }),
      partitions: () => {
        const reading = new Subscription()
        reading.add(partitions(handout, deserializers).subscribe(one => reading.add(one.subscribe(each))))
        return reading
      },
      consume: () => consume(here, { concurrency: 2 }, handle).subscribe(),
      'consume at once': () =>
        consume(here, { order: 'none' }, record => {
          this.#see(record)
          return EMPTY
        }).subscribe(),
      'consume by key': () => consume(here, { concurrency: 4, order: 'key' }, handle).subscribe(),
      consumeBatches: () =>
        consumeBatches(here, { concurrency: 2 }, batch => {
          for (const record of batch) this.#see(record)
          return timer(2, here.scheduler)
        }).subscribe(),
    }
    this.#readers.push(readers[how]())
  }

  /** Whoever reads leaves, all is open again: one reader has all that was not handled. */
  end(): void {
    for (const reader of this.#readers) reader.unsubscribe()
    for (const held of this.held.values()) if (held.isPaused) this.here.resume(held)
    this.read('records')
    this.here.flush()
  }

  #change(step: Exclude<Step, { readonly do: 'read' | 'leave' | 'wait' }>): void {
    const { here } = this
    const held = this.held.get(step.partition)
    if (step.do === 'hold') {
      if (held === undefined) this.held.set(step.partition, here.hold(step.partition))
    } else if (held !== undefined) {
      if (step.do === 'seek') here.seek(held, BigInt(step.offset))
      else if (step.do === 'halt') here.halt(held)
      else if (step.do === 'pause') here.pause(held)
      else if (step.do === 'resume') here.resume(held)
      else {
        this.held.delete(step.partition)
        here.giveUp(held, step.do === 'lose' ? 'lost' : 'revoked')
      }
    }
  }

  #see(record: ConsumerRecord<unknown, unknown>): void {
    const held = this.held.get(record.partition)
    if (held?.isOpen !== true) {
      this.problems.push(`${place(record)} came of what is not open`)
      return
    }
    const { tenure } = held
    const expected = this.#next.get(tenure) ?? tenure.startOffset
    if (record.offset !== expected) this.problems.push(`${place(record)} came instead of ${expected}`)
    this.seen++
    this.#next.set(tenure, record.offset + 1n)
  }
}

it('hands out each record of each tenure once and in order, whoever comes, leaves, seeks, pauses or is revoked', () => {
  let seen = 0
  fc.assert(
    fc.property(steps, taken => {
      const life = new Life()
      for (const step of taken) life.take(step)
      life.end()
      expect(life.here.failures).toEqual([])
      expect(life.problems).toEqual([])
      seen += life.seen
      for (const held of life.held.values()) {
        if (held.isHalted) continue
        expect([held.tenure.handled.offset, held.tenure.inWork]).toEqual([BigInt(RECORDS), 0])
      }
      if (![...life.held.values()].some(({ isHalted }) => isHalted)) expect(life.here.budget.used).toBe(0)
    }),
    { numRuns: 400 },
  )
  expect(seen).toBeGreaterThan(10_000)
})
