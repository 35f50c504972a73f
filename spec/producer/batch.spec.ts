import { describe, expect, it } from 'vitest'
import { Batch } from '../../src/producer/batch.js'
import { Entry, type Sink } from '../../src/producer/entry.js'
import { Line } from '../../src/producer/line.js'
import { Memory } from '../../src/producer/memory.js'
import { RecordBatchWriter, recordBatches } from '../../src/protocol/records/index.js'

/** A batch of records with these values, whose times end one ms after another; and what was told of it. */
function batchOf(values: readonly string[]) {
  const memory = new Memory(1000)
  const told: string[] = []
  const sink: Sink = {
    open: new Line<Entry>(),
    delivered: (entry, { baseOffset }) => told.push(`${entry.input}@${Number(baseOffset) + entry.index}`),
    failed: (entry, { reason }) => told.push(`${entry.input}: ${reason}`),
  }
  const owner = { withdrawn: () => told.push('withdrawn'), abandoned: () => told.push('abandoned') }
  const batch = new Batch(owner, memory, 0, new RecordBatchWriter())
  const entries = values.map((value, n) => {
    const entry = new Entry({ topic: 'a', value }, value, sink, undefined)
    entry.begin({ open: 0 })
    entry.due = 100 + n
    batch.append(entry, null, value, undefined)
    return entry
  })
  const withdraw = (...indexes: number[]) => {
    for (const index of indexes) entries[index]?.unsubscribe()
  }
  return { batch, memory, told, withdraw }
}

const place = { topic: 'a', partition: 0, baseOffset: 10n, logAppendTime: -1 }
const failure = { outcome: 'unsent', cause: new Error('no') as never, reason: 'no' } as const
const written = ({ bytes }: Batch) =>
  [...recordBatches(bytes)].flatMap(batch => [...batch].map(({ value }) => String(value)))

describe('Batch', () => {
  it('leaves out what was withdrawn before it is handed', () => {
    const { batch, told, withdraw } = batchOf(['a', 'b', 'c', 'd'])
    withdraw(0, 2)
    batch.seal()
    expect([batch.count, batch.live, written(batch)]).toEqual([2, 2, ['b', 'd']])
    batch.deliver(place)
    expect(told).toEqual(['withdrawn', 'withdrawn', 'b@10', 'd@11'])
  })

  it('keeps what was withdrawn after that, and the offsets of the others', () => {
    const { batch, told, withdraw } = batchOf(['a', 'b', 'c'])
    batch.seal()
    batch.phase = 'flying'
    withdraw(0, 1)
    expect([batch.count, batch.live, written(batch)]).toEqual([3, 1, ['a', 'b', 'c']])
    batch.deliver(place)
    expect(told).toEqual(['c@12'])
  })

  it('ends with its last record, before it is handed', () => {
    const { batch, memory, told, withdraw } = batchOf(['a', 'b'])
    withdraw(1, 0)
    expect(told).toEqual(['withdrawn', 'withdrawn', 'abandoned'])
    expect([memory.used, batch.due]).toEqual([0, Number.POSITIVE_INFINITY])
  })

  it('keeps its deadline when all have left after that: what is handed is resolved, in a bounded time', () => {
    const { batch, told, withdraw } = batchOf(['a', 'b'])
    batch.seal()
    batch.phase = 'flying'
    withdraw(0, 1)
    expect([batch.due, told]).toEqual([100, []])
  })

  it('says in its bytes who sends it, whenever that is another, and stays right', () => {
    const { batch } = batchOf(['a', 'b'])
    batch.seal()
    const said = () => {
      const [first] = [...recordBatches(batch.bytes)]
      return [first?.producerId, first?.producerEpoch, first?.baseSequence]
    }
    expect(said()).toEqual([-1n, -1, -1])
    for (const [producerId, producerEpoch, baseSequence] of [
      [7n, 0, 0],
      [7n, 0, 40],
      [7n, 1, 40],
      [8n, 1, 40],
      [8n, 1, 40],
    ] as const) {
      Object.assign(batch, { producerId, producerEpoch, baseSequence })
      expect([said(), written(batch)]).toEqual([
        [producerId, producerEpoch, baseSequence],
        ['a', 'b'],
      ])
    }
  })

  it('splits without what was withdrawn', () => {
    const { batch, memory, told, withdraw } = batchOf(['a', 'b', 'c', 'd', 'e'])
    batch.seal()
    batch.phase = 'waiting'
    withdraw(1, 2)
    const parts = batch.split()
    expect(parts.map(written)).toEqual([['a'], ['d', 'e']])
    expect(parts.map(({ count, live, due }) => [count, live, due])).toEqual([
      [1, 1, 100],
      [2, 2, 103],
    ])
    for (const part of parts) part.deliver(place)
    expect([told, memory.used]).toEqual([['a@10', 'd@10', 'e@11'], 0])
  })

  it('splits into nothing when nobody waits any more', () => {
    const { batch, memory, withdraw } = batchOf(['a', 'b'])
    batch.seal()
    batch.phase = 'waiting'
    withdraw(0, 1)
    expect([batch.split(), memory.used]).toEqual([[], 0])
  })

  it('fails the overdue alone, in order', () => {
    const { batch, memory, told, withdraw } = batchOf(['a', 'b', 'c', 'd'])
    withdraw(1)
    batch.failOverdue(102, failure)
    expect([told, batch.due, batch.live]).toEqual([['withdrawn', 'a: no', 'c: no'], 103, 1])
    batch.failOverdue(103, failure)
    expect([told.slice(3), memory.used]).toEqual([['abandoned', 'd: no'], 0])
  })

  it('tells each once, whatever those told do', () => {
    const { batch, told, withdraw } = batchOf(['a', 'b', 'c'])
    const push = told.push.bind(told)
    told.push = (line: string) => {
      if (line.startsWith('a')) withdraw(1)
      return push(line)
    }
    batch.fail(failure)
    batch.fail(failure)
    expect([...told]).toEqual(['a: no', 'c: no'])
  })
})
