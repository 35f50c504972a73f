import { inspect } from 'node:util'
import { concatMap, forkJoin, lastValueFrom, map, range, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import { embeddedBroker } from '../../src/testing/index.js'

describe('Producer', () => {
  it('sends one, a list, a stream and an iterable', async () => {
    const seen = embeddedBroker({ brokers: 3, topics: { orders: 3 } }, ({ bootstrap, records }) => {
      const kafka = new Kafka({ bootstrap })
      const producer = kafka.producer()
      return producer.send({ topic: 'orders', key: 'a', value: 'b' }).pipe(
        concatMap(one =>
          forkJoin([
            producer.send([
              { topic: 'orders', value: 'x', partition: 1 },
              { topic: 'orders', value: 'y', partition: 1 },
            ]),
            range(0, 1000).pipe(
              producer.produce(n => ({ topic: 'orders', key: String(n), value: `v${n}` })),
              toArray(),
            ),
            producer
              .produceFrom(
                Array.from({ length: 5000 }, (_, n) => n),
                n => ({ topic: 'orders', value: `w${n}` }),
              )
              .pipe(toArray()),
          ]).pipe(map(rest => [one, ...rest] as const)),
        ),
        concatMap(result =>
          kafka.released.pipe(
            map(
              () =>
                [
                  result,
                  records('orders', 0).length + records('orders', 1).length + records('orders', 2).length,
                ] as const,
            ),
          ),
        ),
      )
    })
    const [[one, , stream, items], count] = await lastValueFrom(seen)
    expect(one).toMatchObject({ topic: 'orders', offset: 0n })
    expect(stream.length).toBe(1000)
    expect(items.length).toBe(5000)
    expect(count).toBe(1 + 2 + 1000 + 5000)
  })

  it('emits Deliveries that console.log and JSON show', async () => {
    const record = { topic: 'orders', value: 'paid', timestamp: 17 }
    const sent = embeddedBroker({ topics: { orders: 1 } }, ({ bootstrap }) =>
      new Kafka({ bootstrap }).producer().send(record),
    )
    const delivery = await lastValueFrom(sent)
    const shown = inspect(delivery, { breakLength: Number.POSITIVE_INFINITY })
    expect(shown).toBe(
      "{ input: { topic: 'orders', value: 'paid', timestamp: 17 }, topic: 'orders', partition: 0, offset: 0n, timestamp: 17 }",
    )
    expect(JSON.parse(JSON.stringify(delivery))).toEqual({
      input: record,
      topic: 'orders',
      partition: 0,
      offset: '0',
      timestamp: 17,
    })
  })
})
