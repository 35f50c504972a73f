import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Budget } from '../../src/consumer/budget.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import type { Portion } from '../../src/consumer/portion.js'
import { readFetched } from '../../src/consumer/read-fetched.js'
import { Tenure } from '../../src/consumer/tenure.js'
import { bytesOf, type LogBatch } from './fetched.js'

/** What a log has, batch by batch: how many offsets each takes, which of them are still there, and whose they are. */
const batch = fc.record({
  there: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
  kind: fc.constantFrom('plain', 'plain', 'gzip', 'aborted', 'marker'),
  epoch: fc.nat(2),
})
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), batches: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('peek' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('takePortion' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), which: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('acknowledgePortion' as const), which: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('acknowledgeBelow' as const), offset: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('passBy' as const), more: fc.nat(5) }) },
)

type Batch = typeof batch extends fc.Arbitrary<infer B> ? B : never
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** The batches with their offsets, and which records are for users. */
function logOf(batches: readonly Batch[]) {
  let end = 0
  return batches.map(({ there, kind, epoch }) => {
    const first = end
    end += kind === 'marker' ? 1 : there.length
    const offsets = kind === 'marker' ? [first] : there.flatMap((is, delta) => (is ? [first + delta] : []))
    const common = { offsets, first, last: end - 1, epoch }
    const bytes: LogBatch =
      kind === 'aborted'
        ? { ...common, producer: 1n }
        : kind === 'marker'
          ? { ...common, producer: 2n, marker: 'commit' }
          : { ...common, ...(kind === 'gzip' && { compression: 'gzip' as const }) }
    return { bytes, end, wanted: kind === 'plain' || kind === 'gzip' ? offsets : [] }
  })
}

interface Life {
  readonly batches: readonly Batch[]
  readonly steps: readonly Step[]
  readonly start: number
  readonly to: number | undefined
  readonly isAcknowledged: boolean
}

/** A tenure beside what it has to be: lists of offsets. */
function live({ batches, steps, start, to, isAcknowledged }: Life): void {
  const log = logOf(batches)
  const budget = new Budget(1, () => {})
  const tenure = new Tenure({ partition: { topic: 't', partition: 0 }, budget, isAcknowledged })
  tenure.startAt(BigInt(start), -1)
  if (to !== undefined) tenure.to = BigInt(to)
  let ready: number[] = []
  let work: ConsumerRecord[] = []
  const portions: { readonly portion: Portion; readonly first: ConsumerRecord; readonly offsets: readonly number[] }[] =
    []
  let lastTaken = start - 1
  let next = log.findIndex(({ end }) => end > start)
  if (next < 0) next = log.length

  const offsetOf = ({ offset }: ConsumerRecord) => Number(offset)
  const takes = (records: readonly ConsumerRecord[]) => {
    expect(records.map(offsetOf)).toEqual(ready.slice(0, records.length))
    ready = ready.slice(records.length)
    lastTaken = records.map(offsetOf).at(-1) ?? lastTaken
    if (isAcknowledged) work.push(...records)
  }
  const acknowledged = (isIt: (record: ConsumerRecord) => boolean) => {
    work = work.filter(record => !isIt(record))
  }
  const put = (count: number) => {
    const some = log.slice(next, next + count)
    if (some.length === 0 || (to !== undefined && tenure.fetchOffset >= to)) return
    next += some.length
    const from = Number(tenure.fetchOffset)
    const portion = readFetched(tenure, {
      records: bytesOf(some.map(({ bytes }) => bytes)),
      abortedTransactions: [{ producerId: 1n, firstOffset: 0n }],
      highWatermark: 1000n,
      startOffset: BigInt(from),
      to: tenure.to,
    })
    if (portion !== undefined) tenure.put(portion)
    ready.push(...some.flatMap(({ wanted }) => wanted).filter(one => one >= from && (to === undefined || one < to)))
  }
  const passBy = (more: number) => {
    const offset = Number(tenure.fetchOffset) + more
    tenure.passBy(BigInt(to === undefined ? offset : Math.min(offset, Math.max(to, Number(tenure.fetchOffset)))))
    next = log.findIndex(({ end }) => end > tenure.fetchOffset)
    if (next < 0) next = log.length
  }

  const does: { readonly [Name in Step['do']]: (step: Extract<Step, { do: Name }>) => void } = {
    put: ({ batches }) => put(batches),
    passBy: ({ more }) => passBy(more),
    take: () => {
      const record = tenure.take()
      expect(record === undefined).toBe(ready.length === 0)
      if (record !== undefined) takes([record])
    },
    peek: () => {
      const record = tenure.peek()
      expect(record && offsetOf(record)).toBe(ready[0])
    },
    takePortion: () => {
      const taken = tenure.takePortion()
      expect(taken === undefined).toBe(ready.length === 0)
      if (taken === undefined) return
      const records = [...taken.records]
      expect(records.length).toBe(taken.count)
      takes(records)
      portions.push({ ...taken, offsets: records.map(offsetOf) })
    },
    acknowledge: ({ which }) => {
      const record = work[which % Math.max(work.length, 1)]
      if (record === undefined) return
      record.origin.acknowledge(record.index, record.offsetDelta)
      record.origin.acknowledge(record.index, record.offsetDelta)
      acknowledged(one => one === record)
    },
    acknowledgePortion: ({ which }) => {
      const one = portions[which % Math.max(portions.length, 1)]
      one?.portion.acknowledgeFrom(one.first)
      acknowledged(record => one?.offsets.includes(offsetOf(record)) ?? false)
    },
    acknowledgeBelow: ({ offset }) => {
      tenure.acknowledgeBelow(BigInt(offset))
      acknowledged(record => offsetOf(record) < offset)
    },
  }

  let handledBefore = BigInt(start)
  for (const step of steps) {
    does[step.do](step as never)
    const { position, handled, fetchOffset, inWork } = tenure
    const nextReady = BigInt(ready[0] ?? fetchOffset)
    const oldest = BigInt(Math.min(...work.map(offsetOf), Number(nextReady)))
    expect(inWork).toBe(work.length)
    expect(position > lastTaken && position <= nextReady).toBe(true)
    expect(handled.offset >= handledBefore && handled.offset <= oldest && handled.offset <= position).toBe(true)
    expect(budget.used).toBe(tenure.bytes)
    handledBefore = handled.offset
    if (!tenure.hasReady) expect([ready, position]).toEqual([[], fetchOffset])
    if (tenure.hasReady || work.length > 0) continue
    expect([handled.offset, budget.used]).toEqual([fetchOffset, 0])
  }
  tenure.end()
  expect([budget.used, tenure.inWork, tenure.handled.offset]).toEqual([0, 0, handledBefore])
}

const life = fc.record({
  batches: fc.array(batch, { maxLength: 10 }),
  steps: fc.array(step, { maxLength: 60 }),
  start: fc.nat(8),
  to: fc.option(fc.nat(30), { nil: undefined }),
  isAcknowledged: fc.boolean(),
})

it('hands out each record once and in order, and what is handled never passes one that is not', () => {
  fc.assert(fc.property(life, live), { numRuns: 3000 })
})
