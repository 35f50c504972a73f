import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  asyncScheduler,
  concat,
  concatMap,
  defer,
  filter,
  firstValueFrom,
  ignoreElements,
  lastValueFrom,
  NEVER,
  type Observable,
  of,
  race,
  Subject,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { copyTopics } from '../examples/batches.js'
import { postOrders } from '../examples/concurrency.js'
import { saveOrders } from '../examples/database.js'
import { chargeOrders } from '../examples/dead-letter.js'
import { committedBy, warnings } from '../examples/events.js'
import { jsonOrders, registeredOrders } from '../examples/json.js'
import { billMeasured } from '../examples/lag-gauge.js'
import { testLoudWords } from '../examples/marbles.js'
import { countReadings } from '../examples/partitions.js'
import { saveWhileUp } from '../examples/pause.js'
import { billPatiently, sendUnsentAgain, topicsSoon } from '../examples/reconnect.js'
import { billUntil, main } from '../examples/shutdown.js'
import { settingsOf } from '../examples/table.js'
import { shout } from '../examples/transform.js'
import { type Socket, tail } from '../examples/websockets.js'
import { totalOrders } from '../examples/windows.js'
import { marbles } from '../marble-tests/marbles.js'
import { HandlerError, Kafka, type Transport } from '../src/index.js'
import { type EmbeddedBroker, type EmbeddedBrokerOptions, embeddedBroker } from '../src/testing/index.js'

// The examples that show how to consume, run against an embedded cluster.

type Use<T> = (kafka: Kafka, cluster: EmbeddedBroker) => Observable<T> | Promise<T>

const within = <T>(options: EmbeddedBrokerOptions, use: Use<T>): Promise<T> =>
  lastValueFrom(embeddedBroker(options, cluster => use(new Kafka({ bootstrap: cluster.bootstrap }), cluster)))

/** With what is in its topics: each value the key of itself. */
const withTopics = <T>(topics: Readonly<Record<string, readonly string[]>>, use: Use<T>): Promise<T> =>
  within({ topics: Object.fromEntries(Object.keys(topics).map(topic => [topic, 1])) }, async (kafka, cluster) => {
    const records = Object.entries(topics).flatMap(([topic, values]) =>
      values.map(value => ({ topic, key: value, value })),
    )
    await firstValueFrom(kafka.producer().send(records))
    return lastValueFrom(defer(() => use(kafka, cluster)))
  })

const valuesIn = (cluster: EmbeddedBroker, topic: string) => cluster.records(topic, 0).map(({ value }) => String(value))

/** What a group has committed of a topic's one partition. */
const committed = (kafka: Kafka, group: string, topic = 'orders'): Promise<bigint | undefined> =>
  firstValueFrom(committedBy(kafka, group)).then(offsets => offsets.get(`${topic}-0`))

/** The broker hears of it a moment later. */
const closed = (cluster: EmbeddedBroker) => vi.waitFor(() => expect(cluster.connections).toEqual([]))

describe('concurrency', () => {
  it('posts each order', async () => {
    const bodies: string[] = []
    const server = createServer((request, response) => {
      request.on('data', chunk => bodies.push(String(chunk))).on('end', () => response.writeHead(202).end())
    }).listen(0, '127.0.0.1')
    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    try {
      const statuses = await withTopics({ orders: ['a', 'b', 'c'] }, kafka =>
        postOrders(kafka, url()).pipe(take(3), toArray()),
      )
      expect(statuses).toEqual([202, 202, 202])
      expect(bodies.toSorted()).toEqual(['a', 'b', 'c'])
    } finally {
      server.close()
    }
  })
})

describe('the dead letter', () => {
  it('has what fails three times, and the others go on', async () => {
    const tries: string[] = []
    const letters = await withTopics({ orders: ['good', 'bad', 'fine'] }, async (kafka, cluster) => {
      const charge = async (value: Buffer | null) => {
        tries.push(String(value))
        if (String(value) === 'bad') throw new Error('no funds')
      }
      await lastValueFrom(chargeOrders(kafka, charge).pipe(take(2)))
      return cluster.records('orders.dead', 0).map(({ value, headers }) => [String(value), String(headers[0]?.value)])
    })
    expect(tries).toEqual(['good', 'bad', 'bad', 'bad', 'fine'])
    expect(letters).toEqual([['bad', 'Error: no funds']])
  })
})

describe('the database', () => {
  it('has all rows, and the last ones are saved and committed when it is to stop', async () => {
    const saved: string[] = []
    const seen = await withTopics({ orders: Array.from({ length: 501 }, (_, n) => String(n)) }, async kafka => {
      const stop$ = new Subject<void>()
      const insert = async (rows: readonly { readonly value: Buffer | null }[]) => {
        saved.push(...rows.map(({ value }) => String(value)))
        stop$.next()
      }
      const counts = await lastValueFrom(saveOrders(kafka, insert, stop$).pipe(toArray()))
      return { counts, offset: await committed(kafka, 'warehouse') }
    })
    expect(saved.length).toBe(seen.counts.reduce((sum, count) => sum + count, 0))
    expect(seen.counts[0]).toBe(500)
    expect(seen.offset).toBe(BigInt(saved.length))
  })
})

describe('the windows', () => {
  it('are added up by customer, and acknowledged', async () => {
    const orders = [3, 4, 5].map(cents => JSON.stringify({ customer: cents === 4 ? 'bob' : 'alice', cents }))
    const totals = await withTopics({ orders, totals: [] }, async (kafka, cluster) => {
      expect(await firstValueFrom(totalOrders(kafka, 200))).toBe(3)
      return cluster.records('totals', 0).map(({ key, value }) => `${key}: ${value}`)
    })
    expect(totals).toEqual(['alice: 8', 'bob: 4'])
  })
})

describe('the partitions', () => {
  it('count each for itself', async () => {
    const counts = await withTopics({ 'sensor-a': ['x', 'y'], 'sensor-b': ['z'], other: ['w'] }, kafka =>
      countReadings(kafka, async () => undefined).pipe(take(3), toArray()),
    )
    expect(counts.map(({ topic, partition, count }) => `${topic}-${partition}: ${count}`).toSorted()).toEqual([
      'sensor-a-0: 1',
      'sensor-a-0: 2',
      'sensor-b-0: 1',
    ])
  })
})

describe('the websockets', () => {
  it('get what is new, over one consumer, which goes with the last of them', async () => {
    class FakeSocket extends EventTarget implements Socket {
      readonly sent: string[] = []
      readonly data$ = new Subject<string>()
      send(data: string): void {
        this.sent.push(data)
        this.data$.next(data)
      }
      close(): void {}
    }
    const [one, two] = [new FakeSocket(), new FakeSocket()]
    await withTopics({ ticks: ['old'] }, async (kafka, cluster) => {
      const connected = tail(kafka)
      connected(one)
      connected(two)
      const fetched = firstValueFrom(two.data$)
      const producer = kafka.producer()
      // It begins at the end, wherever that is when it has joined.
      const ticking = timer(0, 50).pipe(concatMap(() => producer.send({ topic: 'ticks', value: 'new' })))
      await lastValueFrom(ticking.pipe(takeUntil(fetched)), { defaultValue: undefined })
      for (const socket of [one, two]) socket.dispatchEvent(new Event('close'))
      await firstValueFrom(kafka.released)
      await closed(cluster)
    })
    expect(one.sent).toEqual(two.sent)
    expect(new Set(one.sent)).toEqual(new Set(['new']))
  })
})

describe('the shutdown', () => {
  it('ends what runs, commits it, leaves and closes', async () => {
    const billed: string[] = []
    const left = await withTopics({ orders: ['a', 'b', 'c'] }, async (kafka, cluster) => {
      const stop$ = new Subject<void>()
      const bill = async (value: Buffer | null) => {
        stop$.next()
        await firstValueFrom(timer(20))
        billed.push(String(value))
      }
      await lastValueFrom(billUntil(kafka, bill, stop$), { defaultValue: undefined })
      await closed(cluster)
      return { members: cluster.groups[0]?.members, offset: await committed(kafka, 'billing') }
    })
    expect(billed).toEqual(['a'])
    expect(left).toEqual({ members: [], offset: 1n })
  })

  it('may be awaited', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue(undefined)
    try {
      await withTopics({ orders: ['a', 'b'] }, async kafka => {
        const stop$ = new Subject<void>()
        const describe = async (value: Buffer | null) => {
          stop$.next()
          return `read ${value}`
        }
        await main(kafka, describe, stop$)
      })
      expect(log.mock.calls).toEqual([['read a']])
    } finally {
      log.mockRestore()
    }
  })
})

describe('the pause', () => {
  it('holds records back, and loses none', async () => {
    const saved: string[] = []
    await withTopics({ orders: ['a', 'b'] }, async kafka => {
      const stop$ = new Subject<void>()
      const isDown$ = concat(of(true), timer(100).pipe(tap(() => expect(saved).toEqual([]))), of(false)).pipe(
        filter(value => typeof value === 'boolean'),
      )
      const save = async (value: Buffer | null) => {
        saved.push(String(value))
        if (saved.length === 2) stop$.next()
      }
      await lastValueFrom(saveWhileUp(kafka, save, isDown$, stop$))
    })
    expect(saved).toEqual(['a', 'b'])
  })
})

describe('the transformation', () => {
  it('keeps the order with many under way', async () => {
    const said = Array.from({ length: 500 }, (_, n) => `word ${n}`)
    const shouted = await withTopics({ said, shouted: [] }, async (kafka, cluster) => {
      await lastValueFrom(shout(kafka).pipe(take(500)))
      return valuesIn(cluster, 'shouted')
    })
    expect(shouted).toEqual(said.map(word => word.toUpperCase()))
  })
})

describe('JSON', () => {
  it('goes in and comes out with its type', async () => {
    const lines = await withTopics({ priced: [] }, async kafka => {
      const orders = jsonOrders(kafka)
      await firstValueFrom(orders.send({ id: 'a', total: 3 }))
      return firstValueFrom(orders.lines().pipe(toArray()))
    })
    expect(lines).toEqual(['a: 3.00'])
  })

  it('may wait for a registry', async () => {
    const registry = {
      encode: async (subject: string, value: unknown) => Buffer.from(JSON.stringify([subject, value])),
      decode: async (bytes: Buffer) => JSON.parse(String(bytes))[1],
    }
    const { totals, log } = await withTopics({ registered: [] }, async (kafka, cluster) => {
      const orders = registeredOrders(kafka, registry)
      await firstValueFrom(orders.send({ id: 'b', total: 4 }))
      return {
        totals: await firstValueFrom(orders.totals().pipe(toArray())),
        log: valuesIn(cluster, 'registered'),
      }
    })
    expect(totals).toEqual([4])
    expect(log).toEqual(['["registered-value",{"id":"b","total":4}]'])
  })
})

describe('the lag', () => {
  it('is told until all is handled', async () => {
    const lags: number[] = []
    await withTopics({ orders: ['a', 'b', 'c'] }, async kafka => {
      const stop$ = new Subject<void>()
      const isMeasured$ = new Subject<void>()
      const gauge = {
        set: (_labels: object, lag: number) => {
          lags.push(lag)
          isMeasured$.next()
          if (lag === 0) stop$.next()
        },
      }
      const bill = () => firstValueFrom(isMeasured$)
      await lastValueFrom(billMeasured(kafka, bill, gauge, stop$, 10))
    })
    expect(lags[0]).toBe(3)
    expect(lags.at(-1)).toBe(0)
  })
})

describe('the marble test', () => {
  it('passes', () => {
    expect(testLoudWords).not.toThrow()
  })
})

describe('reconnecting', () => {
  it('waits for a Kafka that is not up yet', () => {
    const billed: string[] = []
    marbles(({ flush }) => {
      embeddedBroker({ listen: false, topics: { orders: 1 } }, ({ bootstrap, transport }) => {
        const isUp = () => asyncScheduler.now() > 40_000
        const later: Transport = endpoint => (isUp() ? transport(endpoint) : throwError(() => new Error('down')))
        const bill = (value: Buffer | null) => {
          billed.push(String(value))
          return of(undefined)
        }
        return concat(
          new Kafka({ bootstrap, transport }).producer().send({ topic: 'orders', value: 'a' }),
          billPatiently(new Kafka({ bootstrap, transport: later }), bill).pipe(take(1)),
        )
      }).subscribe()
      flush()
    })
    expect(billed).toEqual(['a'])
  })

  it('gives up on a record that cannot be handled', async () => {
    const billed = withTopics({ orders: ['a'] }, kafka => billPatiently(kafka, () => Promise.reject(new Error('bad'))))
    await expect(billed).rejects.toBeInstanceOf(HandlerError)
  })

  it('has no topics where they cannot be had in time', async () => {
    const kafka = new Kafka({ bootstrap: '127.0.0.1:1', transport: () => NEVER })
    expect(await firstValueFrom(topicsSoon(kafka, 20))).toEqual([])
  })

  it('sends no second time what was refused', async () => {
    const sent = withTopics({ audit: [] }, (kafka, { fault }) => {
      fault({ api: 'Produce', error: 'TOPIC_AUTHORIZATION_FAILED' })
      return sendUnsentAgain(kafka, 'x')
    })
    await expect(sent).rejects.toMatchObject({ outcome: 'rejected' })
  })
})

describe('the table', () => {
  it('has the last value of each key', async () => {
    const table = await withTopics({ settings: [] }, async kafka => {
      const rows = [
        ['theme', 'light'],
        ['size', '10'],
        ['theme', 'dark'],
        ['size', null],
      ] as const
      await firstValueFrom(kafka.producer().send(rows.map(([key, value]) => ({ topic: 'settings', key, value }))))
      return firstValueFrom(settingsOf(kafka))
    })
    expect([...table]).toEqual([['theme', 'dark']])
  })
})

describe('the events', () => {
  it('warn of what is skipped', async () => {
    const told = await withTopics({ orders: ['a'] }, kafka => {
      const at = { offset: 7n }
      const read = kafka.consumer({ partitions: [{ topic: 'orders', partition: 0, at }] }, records => records)
      return race(warnings(kafka), read.pipe(ignoreElements())).pipe(take(1))
    })
    expect(told).toBe('orders-0 goes on at 1 instead of 7: out-of-range')
  })
})

describe('the batches', () => {
  it('are copied whole', async () => {
    const tables = new Map<string, string[]>()
    await withTopics({ orders: ['a', 'b'], refunds: ['c'] }, kafka => {
      const copyInto = async (table: string, rows: readonly (Buffer | null)[]) => {
        tables.set(table, rows.map(String))
        return rows.length
      }
      return copyTopics(kafka, copyInto).pipe(take(2))
    })
    expect([...tables].toSorted()).toEqual([
      ['orders', ['a', 'b']],
      ['refunds', ['c']],
    ])
  })
})
