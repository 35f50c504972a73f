import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { concatMap, count, firstValueFrom, lastValueFrom, map, type Observable, take, timer, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import type { Producer } from '../../src/producer/producer.js'
import type { ProducerOptions } from '../../src/producer/producer-options.js'
import { embeddedBroker } from '../../src/testing/index.js'

const a = (value: string) => ({ topic: 'a', value })

/** What came of it, and the log; once the client has let everything go. */
function live<R>(use: (producer: Producer) => Observable<R>, options: ProducerOptions = {}) {
  return firstValueFrom(
    embeddedBroker({ listen: false, topics: { a: 1 } }, ({ bootstrap, transport, records }) => {
      const kafka = new Kafka({ bootstrap, transport })
      return use(kafka.producer(options)).pipe(
        toArray(),
        concatMap(values =>
          kafka.released.pipe(map(() => ({ values, log: records('a', 0).map(({ value }) => String(value)) }))),
        ),
      )
    }),
  )
}

/** An async iterator, and how often it was ended. */
function watched(next: (n: number) => Promise<IteratorResult<string>>) {
  const calls = { next: 0, returned: 0 }
  const iterator: AsyncIterator<string> = {
    next: () => next(calls.next++),
    return: () => {
      calls.returned++
      return Promise.reject(new Error('nobody wants to know'))
    },
  }
  const source: AsyncIterable<string> = { [Symbol.asyncIterator]: () => iterator }
  return { calls, source }
}

const item = (value: string): IteratorResult<string> => ({ done: false, value })
const end: IteratorResult<string> = { done: true, value: undefined }

describe('produceFrom an async iterable', () => {
  it('sends all of a generator, in order, however little room there is', async () => {
    async function* items() {
      for (let n = 0; n < 5000; n++) yield String(n)
    }
    const { log } = await live(producer => producer.produceFrom(items(), a), { bufferMemory: 2000 })
    expect(log).toEqual(Array.from({ length: 5000 }, (_, n) => String(n)))
  })

  it('sends the lines of a file', async () => {
    const lines = createInterface({ input: Readable.from(['one\ntw', 'o\nthree']) })
    const { values, log } = await live(producer => producer.produceFrom(lines, a).pipe(map(({ input }) => input)))
    expect(values).toEqual(['one', 'two', 'three'])
    expect(log).toEqual(values)
  })

  it('ends an infinite one when it is left, and its complaint about that is nobody’s', async () => {
    const { calls, source } = watched(async n => item(String(n)))
    const { values } = await live(producer => producer.produceFrom(source, a).pipe(take(3)))
    expect(values.length).toBe(3)
    expect(calls.returned).toBe(1)
    const { next } = calls
    await lastValueFrom(timer(20))
    expect(calls.next).toBe(next)
  })

  it('is left while an item is awaited, which then goes nowhere', async () => {
    let give = (_: IteratorResult<string>) => {}
    const { calls, source } = watched(n =>
      n === 0 ? Promise.resolve(item('x')) : new Promise(resolve => (give = resolve)),
    )
    const { log } = await live(producer => producer.produceFrom(source, a).pipe(take(1)))
    give(item('late'))
    await lastValueFrom(timer(20))
    expect([calls, log]).toEqual([{ next: 2, returned: 1 }, ['x']])
  })

  it('completes with one that ends at once', async () => {
    const { calls, source } = watched(async () => end)
    expect((await live(producer => producer.produceFrom(source, a))).values).toEqual([])
    expect(calls.returned).toBe(0)
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('no more'))],
    [
      'throws',
      () => {
        throw new Error('no more')
      },
    ],
  ])('errors when the iterator %s, what was taken is delivered first', async (_, fail) => {
    const { calls, source } = watched(n => (n < 3 ? Promise.resolve(item(String(n))) : fail()))
    let delivered = 0
    const life = live(producer => producer.produceFrom(source, a).pipe(map(() => delivered++)))
    await expect(life).rejects.toThrow('no more')
    expect([delivered, calls.returned]).toEqual([3, 0])
  })

  it('takes 100,000', async () => {
    const { source } = watched(async n => (n < 100_000 ? item('x') : end))
    const { values } = await live(producer => producer.produceFrom(source, a).pipe(count()))
    expect(values).toEqual([100_000])
  })
})
