import { describe, expect, it } from 'vitest'
import { Budget } from '../../src/consumer/budget.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import type { Portion } from '../../src/consumer/portion.js'
import { readFetched } from '../../src/consumer/read-fetched.js'
import { Tenure } from '../../src/consumer/tenure.js'
import { ProtocolError } from '../../src/errors.js'
import { bytesOf, type LogBatch } from './fetched.js'

interface Options {
  readonly at?: number
  readonly to?: number
  readonly isAcknowledged?: boolean
}

/** A tenure from an offset on, and how to give it what a Fetch brings. */
function newTenure({ at = 0, to, isAcknowledged = true }: Options = {}) {
  const budget = new Budget(1_000_000, () => {})
  const tenure = new Tenure({ partition: { topic: 't', partition: 3 }, budget, isAcknowledged })
  tenure.startAt(BigInt(at), -1)
  if (to !== undefined) tenure.to = BigInt(to)
  const put = (batches: readonly LogBatch[], aborted: readonly [producer: bigint, from: number][] = []) => {
    const portion = readFetched(tenure, {
      records: bytesOf(batches),
      abortedTransactions: aborted.map(([producerId, from]) => ({ producerId, firstOffset: BigInt(from) })),
      highWatermark: 100n,
      startOffset: tenure.fetchOffset,
      to: tenure.to,
    })
    if (portion !== undefined) tenure.put(portion)
  }
  const takeAll = () => {
    const taken: ConsumerRecord[] = []
    for (let record = tenure.take(); record !== undefined; record = tenure.take()) taken.push(record)
    return taken
  }
  return { tenure, budget, put, takeAll }
}

const offsets = (records: Iterable<ConsumerRecord>) => [...records].map(({ offset }) => Number(offset))
const acknowledge = (...records: readonly ConsumerRecord[]) => {
  for (const { origin, index, offsetDelta } of records) origin.acknowledge(index, offsetDelta)
}

describe('what is handed out', () => {
  it('is every record in order, once, over batches and portions', () => {
    const { tenure, put, takeAll } = newTenure()
    put([{ offsets: [0, 1] }, { offsets: [2] }])
    put([{ offsets: [3, 4], compression: 'gzip' }])
    const taken = takeAll()
    expect(offsets(taken)).toEqual([0, 1, 2, 3, 4])
    expect(taken.map(({ value }) => String(value))).toEqual(['0', '1', '2', '3', '4'])
    expect(taken.map(({ topic, partition, timestamp }) => `${topic}-${partition} ${timestamp}`)[4]).toBe('t-3 1004')
    expect(takeAll()).toEqual([])
    expect([tenure.position, tenure.fetchOffset, tenure.inWork]).toEqual([5n, 5n, 5])
  })

  it('begins where reading stood, in the middle of a batch', () => {
    const { tenure, put, takeAll } = newTenure({ at: 2 })
    put([{ offsets: [0, 1, 2, 3] }])
    expect([tenure.position, tenure.handled.offset]).toEqual([2n, 2n])
    expect(offsets(takeAll())).toEqual([2, 3])
    expect(tenure.handled.offset).toBe(2n)
  })

  it('is nothing, and all is passed by, when compaction has left only what is before the start', () => {
    const { tenure, budget, put, takeAll } = newTenure({ at: 5 })
    put([{ offsets: [3, 4], last: 7 }])
    expect(takeAll()).toEqual([])
    expect([tenure.position, tenure.handled.offset, budget.used]).toEqual([8n, 8n, 0])
  })

  it('leaves out control batches and aborted transactions, and passes them by', () => {
    const { tenure, budget, put, takeAll } = newTenure()
    put(
      [
        { offsets: [0], producer: 1n },
        { offsets: [1], producer: 2n },
        { offsets: [2], marker: 'abort', producer: 1n },
        { offsets: [3], producer: 1n },
        { offsets: [4], marker: 'commit', producer: 1n },
        { offsets: [5], marker: 'commit', producer: 2n, epoch: 4 },
      ],
      [[1n, 0]],
    )
    const taken = takeAll()
    expect(offsets(taken)).toEqual([1, 3])
    expect(tenure.position).toBe(6n)
    acknowledge(...taken)
    expect(tenure.handled).toEqual({ offset: 6n, leaderEpoch: 4 })
    expect(budget.used).toBe(0)
  })

  it('reads what a transaction that was aborted later wrote before', () => {
    const { put, takeAll } = newTenure()
    put(
      [
        { offsets: [0], producer: 1n },
        { offsets: [1], marker: 'commit', producer: 1n },
        { offsets: [2], producer: 1n },
      ],
      [[1n, 2]],
    )
    expect(offsets(takeAll())).toEqual([0])
  })

  it('ends before `to`, wherever that is in a batch', () => {
    const { tenure, put, takeAll } = newTenure({ to: 3 })
    put([{ offsets: [0, 1] }, { offsets: [2, 3, 4] }, { offsets: [5] }])
    expect(offsets(takeAll())).toEqual([0, 1, 2])
    expect([tenure.isAtEnd, tenure.position, tenure.fetchOffset]).toEqual([true, 3n, 3n])
  })

  it('is at its end when `to` was compacted away', () => {
    const { tenure, put, takeAll } = newTenure({ to: 3 })
    put([{ offsets: [0, 5] }])
    const taken = takeAll()
    expect([offsets(taken), tenure.isAtEnd]).toEqual([[0], true])
    acknowledge(...taken)
    expect(tenure.handled.offset).toBe(3n)
  })

  it('is nothing while it is shut, and goes on after', () => {
    const { tenure, put, takeAll } = newTenure()
    put([{ offsets: [0, 1] }])
    tenure.isShut = true
    expect([takeAll(), tenure.peek(), tenure.takePortion()]).toEqual([[], undefined, undefined])
    tenure.isShut = false
    expect(offsets(takeAll())).toEqual([0, 1])
  })

  it('says where a batch is whose checksum is wrong, and does not pass it by', () => {
    const { tenure, budget } = newTenure()
    const records = bytesOf([{ offsets: [7] }])
    records[records.length - 2] = 255
    const fetched = { records, abortedTransactions: null, highWatermark: 8n, startOffset: 0n }
    const portion = readFetched(tenure, fetched)
    if (portion !== undefined) tenure.put(portion)
    for (const _ of [1, 2]) {
      const error = thrownBy(() => tenure.take())
      expect(error).toBeInstanceOf(ProtocolError)
      expect(String(error)).toContain('t-3: RecordBatch v2 with base offset 7: crc')
    }
    expect([tenure.position, budget.used > 0]).toEqual([0n, true])
  })
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  return undefined
}

describe('peek', () => {
  it('leaves the record to be taken', () => {
    const { tenure, put } = newTenure()
    put([{ offsets: [0] }, { offsets: [1] }])
    expect([tenure.peek()?.offset, tenure.peek()?.offset, tenure.inWork]).toEqual([0n, 0n, 0])
    expect([tenure.take()?.offset, tenure.peek()?.offset, tenure.position]).toEqual([0n, 1n, 1n])
  })
})

describe('takePortion', () => {
  it('hands out what is left of the portion that is next, to be read again and again', () => {
    const { tenure, put } = newTenure()
    put([{ offsets: [0, 1] }, { offsets: [2, 4] }])
    put([{ offsets: [5] }])
    tenure.take()
    const taken = tenure.takePortion()
    expect([taken?.first.offset, taken?.count, tenure.inWork, tenure.position]).toEqual([1n, 3, 4, 5n])
    expect(offsets(taken?.records ?? [])).toEqual([1, 2, 4])
    expect(offsets(taken?.records ?? [])).toEqual([1, 2, 4])
    expect(offsets(tenure.takePortion()?.records ?? [])).toEqual([5])
    expect(tenure.takePortion()).toBe(undefined)
  })

  it('ends before `to`', () => {
    const { tenure, put } = newTenure({ to: 2 })
    put([{ offsets: [0, 1, 2, 3] }])
    const taken = tenure.takePortion()
    expect([taken?.count, offsets(taken?.records ?? []), tenure.inWork, tenure.isAtEnd]).toEqual([2, [0, 1], 2, true])
    taken?.portion.acknowledgeFrom(taken.first)
    expect([tenure.inWork, tenure.handled.offset]).toEqual([0, 2n])
  })

  it('can be read when all of it is handled', () => {
    const { tenure, put } = newTenure()
    put([{ offsets: [0, 1] }])
    const taken = tenure.takePortion()
    taken?.portion.acknowledgeFrom(taken.first)
    expect([offsets(taken?.records ?? []), tenure.handled.offset]).toEqual([[0, 1], 2n])
  })

  it('acknowledges what it has, and not what was taken before it', () => {
    const { tenure, put } = newTenure()
    put([{ offsets: [0, 1, 2] }])
    const first = tenure.take() as ConsumerRecord
    const taken = tenure.takePortion()
    taken?.portion.acknowledgeFrom(taken.first)
    expect([tenure.inWork, tenure.handled.offset]).toEqual([1, 0n])
    acknowledge(first)
    expect([tenure.inWork, tenure.handled.offset]).toEqual([0, 3n])
  })
})

describe('what is handled', () => {
  it('is all up to the first that is not, whatever the order', () => {
    const { tenure, budget, put, takeAll } = newTenure()
    put([
      { offsets: [0, 1], epoch: 1 },
      { offsets: [3], epoch: 2 },
    ])
    put([{ offsets: [4], epoch: 2 }])
    const [a, b, c, d] = takeAll() as [ConsumerRecord, ConsumerRecord, ConsumerRecord, ConsumerRecord]
    acknowledge(d, b)
    expect(tenure.handled).toEqual({ offset: 0n, leaderEpoch: -1 })
    acknowledge(a, a, b)
    expect(tenure.handled).toEqual({ offset: 2n, leaderEpoch: 1 })
    expect(tenure.inWork).toBe(1)
    acknowledge(c)
    expect(tenure.handled).toEqual({ offset: 5n, leaderEpoch: 2 })
    expect([tenure.inWork, budget.used]).toEqual([0, 0])
  })

  it('is what was handed out, where nothing is acknowledged', () => {
    const { tenure, budget, put } = newTenure({ isAcknowledged: false })
    put([{ offsets: [0, 1] }])
    tenure.take()
    expect([tenure.handled.offset, tenure.inWork]).toEqual([1n, 0])
    tenure.take()
    expect([tenure.handled.offset, budget.used]).toEqual([2n, 0])
  })

  it('is all below an offset, when that is told', () => {
    const { tenure, put, takeAll } = newTenure()
    put([{ offsets: [0, 1] }])
    put([{ offsets: [2, 3] }])
    const taken = takeAll()
    tenure.acknowledgeBelow(3n)
    expect([tenure.handled.offset, tenure.inWork]).toEqual([3n, 1])
    acknowledge(...taken)
    expect([tenure.handled.offset, tenure.inWork]).toEqual([4n, 0])
  })

  it('keeps no list of what was handled behind one record that is not', () => {
    const { tenure, budget, put } = newTenure()
    put([{ offsets: [0] }])
    const stuck = tenure.take() as ConsumerRecord
    const held = budget.used
    for (let offset = 1; offset < 10_000; offset++) {
      put([{ offsets: [offset] }])
      acknowledge(tenure.take() as ConsumerRecord)
    }
    expect([tenure.handled.offset, budget.used]).toEqual([0n, held])
    expect(portionsOf(stuck)).toBe(2)
    acknowledge(stuck)
    expect([tenure.handled.offset, budget.used]).toEqual([10_000n, 0])
  })

  it('moves on over what was passed by, behind the records before it', () => {
    const { tenure, put, takeAll } = newTenure()
    put([{ offsets: [0], epoch: 3 }])
    tenure.passBy(9n)
    expect([tenure.position, tenure.fetchOffset, tenure.handled.offset]).toEqual([0n, 9n, 0n])
    const taken = takeAll()
    expect([offsets(taken), tenure.position]).toEqual([[0], 9n])
    acknowledge(...taken)
    // Of what is before it nothing is known: an older epoch would say that it is not there.
    expect(tenure.handled).toEqual({ offset: 9n, leaderEpoch: -1 })
    tenure.passBy(9n)
    expect(tenure.fetchOffset).toBe(9n)
  })
})

/** How many portions hang together with that of a record. */
function portionsOf({ origin }: ConsumerRecord): number {
  let count = 0
  // The batch's owner is its portion: what a batch acknowledges goes through it.
  const portion = (origin as unknown as { owner: { next?: unknown } }).owner
  for (let one: { next?: unknown } | undefined = portion; one !== undefined; one = one.next as typeof one) count++
  return count
}

describe('what is ready ahead', () => {
  it('counts from when it comes until the last of its portion is handed out, or it is over', () => {
    const { tenure, budget, put } = newTenure()
    const all = budget.aheadRoom
    put([{ offsets: [0, 1] }])
    put([{ offsets: [2] }])
    const both = all - budget.aheadRoom
    tenure.take()
    const begun = all - budget.aheadRoom
    tenure.take()
    const second = all - budget.aheadRoom
    tenure.end()
    expect([begun, both > second && second > 0, budget.aheadRoom]).toEqual([both, true, all])
  })

  it('wakes who asks for more when it is handed out, not only when it is handled', () => {
    let wakes = 0
    const budget = new Budget(1_000_000, () => wakes++)
    const tenure = new Tenure({ partition: { topic: 't', partition: 3 }, budget, isAcknowledged: true })
    tenure.startAt(0n, -1)
    const fetched = { records: bytesOf([{ offsets: [0] }]), abortedTransactions: null, highWatermark: 1n }
    tenure.put(readFetched(tenure, { ...fetched, startOffset: 0n }) as Portion)
    tenure.take()
    expect(wakes).toBe(1)
  })

  it('is in no row with what was let go, which would keep it from being collected', () => {
    const { tenure, put } = newTenure()
    put([{ offsets: [0] }])
    const first = tenure.current as Portion
    put([{ offsets: [1] }])
    acknowledge(tenure.take() as ConsumerRecord)
    expect([first.isReleased, first.next]).toEqual([true, undefined])
  })
})

describe('when it is over', () => {
  it('holds nothing, hands out nothing, and no acknowledgement counts', () => {
    const { tenure, budget, put, takeAll } = newTenure()
    put([{ offsets: [0, 1, 2] }])
    const first = tenure.take() as ConsumerRecord
    const second = tenure.take() as ConsumerRecord
    acknowledge(first)
    tenure.end()
    tenure.end()
    acknowledge(second)
    tenure.acknowledgeBelow(2n)
    expect([tenure.handled.offset, tenure.inWork, tenure.bytes, budget.used, takeAll()]).toEqual([1n, 0, 0, 0, []])
  })
})
