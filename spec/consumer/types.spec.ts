import type {
  Cold,
  Consumer,
  ConsumerBatch,
  ConsumerPartition,
  ConsumerPosition,
  ConsumerRecord,
  HandlerError,
  HandlerTimeoutError,
  Kafka,
  KafkaEvent,
  TopicPartition,
} from 'kafka-rx'
import { firstValueFrom, lastValueFrom, map, type Observable, of, Subject, takeUntil } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

// The compiler checks these: a signature that changes fails `npm run check`, before anything runs.

declare const kafka: Kafka
declare const consumer: Consumer
declare const record: ConsumerRecord
declare const batch: ConsumerBatch

interface Order {
  readonly id: string
}

/** Compiled, and never called. */
const compiles = (_never: () => unknown) => {}
const none = () => of()

describe('the options of a consumer', () => {
  it('come in three forms, and a fourth with the offsets of a group', () => {
    compiles(() => [
      kafka.consumer({ group: 'g', topics: 'a' }),
      kafka.consumer({ group: 'g', topics: ['a', 'b'], assignors: ['range'], sessionTimeout: 1, heartbeatInterval: 1 }),
      kafka.consumer({ group: 'g', topics: /^a/, protocol: 'consumer', rebalanceTimeout: 1, instanceId: 'i' }),
      kafka.consumer({ topics: 'a', at: 'latest', to: { timestamp: new Date() } }),
      kafka.consumer({ partitions: [{ topic: 'a', partition: 0, at: { offset: 5n } }], to: 'latest' }),
      kafka.consumer({ group: 'g', partitions: [{ topic: 'a', partition: 0, at: 'committed' }], commit: false }),
      // Left out, for the compiler too.
      kafka.consumer({ group: 'g', topics: 'a', prefetch: undefined, rack: undefined, protocol: undefined }),
    ])
  })

  it('do not mix', () => {
    compiles(() => [
      // @ts-expect-error topics or partitions
      kafka.consumer({ topics: 'a', partitions: [] }),
      // @ts-expect-error a member begins where its group has got to
      kafka.consumer({ group: 'g', topics: 'a', at: 'latest' }),
      // @ts-expect-error and has no end
      kafka.consumer({ group: 'g', topics: 'a', to: 'latest' }),
      // @ts-expect-error nothing to commit to
      kafka.consumer({ topics: 'a', commit: { interval: 1 } }),
      // @ts-expect-error nor here
      kafka.consumer({ partitions: [{ topic: 'a', partition: 0 }], commit: false }),
      // @ts-expect-error nothing is committed without a group
      kafka.consumer({ partitions: [{ topic: 'a', partition: 0, at: 'committed' }] }),
      // @ts-expect-error nothing is assigned
      kafka.consumer({ topics: 'a', onRevoked: none }),
      // @ts-expect-error nor here
      kafka.consumer({ group: 'g', partitions: [{ topic: 'a', partition: 0 }], onAssigned: none }),
      // @ts-expect-error the broker assigns
      kafka.consumer({ group: 'g', topics: 'a', protocol: 'consumer', assignors: ['range'] }),
      // @ts-expect-error and says when to heartbeat
      kafka.consumer({ group: 'g', topics: 'a', protocol: 'consumer', heartbeatInterval: 1 }),
      // @ts-expect-error neither topics nor partitions
      kafka.consumer({ group: 'g' }),
    ])
  })

  it('refuse what cannot be', () => {
    compiles(() => [
      // @ts-expect-error misspelt
      kafka.consumer({ group: 'g', topic: 'a' }),
      // @ts-expect-error an offset is a bigint
      kafka.consumer({ topics: 'a', at: { offset: 5 } }),
      // @ts-expect-error no place
      kafka.consumer({ topics: 'a', at: 'beginning' }),
      // @ts-expect-error no assignor
      kafka.consumer({ group: 'g', topics: 'a', assignors: ['sticky'] }),
      // @ts-expect-error no policy
      kafka.consumer({ group: 'g', topics: 'a', offsetReset: 'none' }),
      // @ts-expect-error of a group only false
      kafka.consumer({ group: 'g', topics: 'a', commit: true }),
      // @ts-expect-error to be awaited
      kafka.consumer({ group: 'g', topics: 'a', onRevoked: () => undefined }),
      // @ts-expect-error no option of a consumer
      kafka.consumer({ group: 'g', topics: 'a', concurrency: 2 }),
      // @ts-expect-error misspelt among two lists of options
      kafka.consume({ group: 'g', topics: 'a', concurency: 2 }, none),
      // @ts-expect-error of records
      kafka.consumeBatches({ group: 'g', topics: 'a', order: 'key' }, none),
    ])
  })

  it('give hooks the consumer, with the types of its records', () => {
    compiles(() =>
      kafka.consumer({
        group: 'g',
        topics: 'a',
        value: (bytes): Order => JSON.parse(String(bytes)),
        onAssigned: (partitions, all) => {
          expectTypeOf(partitions).toEqualTypeOf<readonly TopicPartition[]>()
          all.seek('earliest', partitions)
          return []
        },
      }),
    )
  })
})

describe('consumer()', () => {
  it('is cold, and so no Promise', () => {
    compiles(async () => {
      // @ts-expect-error nothing is read before it is subscribed to
      await kafka.consumer({ topics: 'a' })
      // @ts-expect-error nor handled
      await kafka.consume({ group: 'g', topics: 'a' }, none)
      // @ts-expect-error nor committed
      await consumer.commit()
      expectTypeOf(firstValueFrom(consumer.commit())).resolves.toEqualTypeOf<void>()
    })
  })

  it('gives the thing, or what is made of it', () => {
    compiles(() => {
      expectTypeOf(kafka.consumer({ topics: 'a' })).toEqualTypeOf<Cold<Consumer>>()
      expectTypeOf(kafka.consumer({ topics: 'a' }, all => all.pipe(map(({ offset }) => offset)))).toEqualTypeOf<
        Cold<bigint>
      >()
      expectTypeOf(kafka.consumer({ topics: 'a', key: String }, all => all)).toEqualTypeOf<
        Cold<ConsumerRecord<string>>
      >()
      // @ts-expect-error a `return` is missing
      return kafka.consumer({ topics: 'a' }, all => {
        all.subscribe()
      })
    })
  })

  it('knows what its deserializers make, also later', () => {
    compiles(() => {
      const value = async (bytes: Buffer | null) => JSON.parse(String(bytes)) as Order
      return kafka.consume({ group: 'g', topics: 'a', key: () => of(1), value }, ({ key, value: order }) => {
        expectTypeOf(key).toEqualTypeOf<number>()
        expectTypeOf(order).toEqualTypeOf<Order>()
        return of(order.id)
      })
    })
  })
})

describe('consume and consumeBatches', () => {
  it('emit what their handlers do', () => {
    compiles(() => {
      expectTypeOf(kafka.consume({ group: 'g', topics: 'a' }, async () => 1)).toEqualTypeOf<Cold<number>>()
      expectTypeOf(kafka.consumeBatches({ group: 'g', topics: 'a' }, all => of(all.count))).toEqualTypeOf<
        Cold<number>
      >()
      expectTypeOf(consumer.consume({ concurrency: 3 }, ({ topic }) => [topic])).toEqualTypeOf<Cold<string>>()
      expectTypeOf(consumer.consumeBatches({}, async () => {})).toEqualTypeOf<Cold<void>>()
      return kafka.consume({ group: 'g', topics: 'a' }, async () => lastValueFrom(of(1)))
    })
  })

  it('refuse handlers that nobody would wait for', () => {
    compiles(() => [
      // @ts-expect-error a `return` is missing
      kafka.consume({ group: 'g', topics: 'a' }, () => {
        of(1)
      }),
      // @ts-expect-error nobody subscribes to what the Promise resolves to
      kafka.consume({ group: 'g', topics: 'a' }, async () => of(1)),
      // @ts-expect-error nor here
      consumer.consume({}, async () => kafka.producer().send({ topic: 'a', value: 'x' })),
      // @ts-expect-error a number cannot be waited for
      consumer.consumeBatches({}, all => all.count),
    ])
  })

  it('give a handler a signal, and `onError` the bytes as they came', () => {
    compiles(() =>
      kafka.consume(
        {
          group: 'g',
          topics: 'a',
          value: Number,
          until: new Subject<void>(),
          onError: (error, raw) => {
            expectTypeOf(error).toEqualTypeOf<unknown>()
            expectTypeOf(raw).toEqualTypeOf<ConsumerRecord>()
            return kafka.producer().send({ topic: 'dead', key: raw.key, value: raw.value, headers: raw.headers })
          },
        },
        ({ value }, { signal }) => {
          expectTypeOf(value).toEqualTypeOf<number>()
          expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
          return of(value)
        },
      ),
    )
  })
})

describe('a Consumer', () => {
  it('is an Observable of records, and has others', () => {
    compiles(() => {
      expectTypeOf(consumer).toExtend<Observable<ConsumerRecord>>()
      expectTypeOf(consumer.batches).toEqualTypeOf<Observable<ConsumerBatch>>()
      expectTypeOf(consumer.partitions).toEqualTypeOf<Observable<ConsumerPartition>>()
      expectTypeOf(consumer.assignment).toEqualTypeOf<Observable<readonly TopicPartition[]>>()
      expectTypeOf(consumer.positions).toEqualTypeOf<readonly ConsumerPosition[]>()
      expectTypeOf(consumer.partitions.pipe(map(({ partition }) => partition))).toEqualTypeOf<Observable<number>>()
      return consumer.pipe(takeUntil(new Subject()))
    })
  })

  it('acknowledges one, many or a batch, and nothing else; bound', () => {
    compiles(() => {
      const { acknowledge } = consumer
      acknowledge(record)
      acknowledge([record, record])
      acknowledge(new Set([record]))
      acknowledge(batch)
      consumer.subscribe(consumer.acknowledge)
      // @ts-expect-error by token, not by offset
      acknowledge(record.offset)
      // @ts-expect-error what was spread has lost its token
      acknowledge({ ...record })
    })
  })

  it('seeks, pauses and commits by place', () => {
    compiles(() => {
      const a0 = { topic: 'a', partition: 0 }
      consumer.seek('committed')
      consumer.seek({ offset: 1n }, a0)
      consumer.seek({ timestamp: Date.now() }, [a0])
      consumer.pause()
      consumer.resume([a0])
      // @ts-expect-error a partition without its topic
      consumer.pause({ partition: 0 })
      // @ts-expect-error an offset is a bigint
      consumer.commit({ ...a0, offset: 1 })
      return consumer.commit([{ ...a0, offset: 1n, metadata: 'x' }])
    })
  })

  it('is made by Kafka alone, as are its records', () => {
    compiles(() => {
      expectTypeOf(record.key).toEqualTypeOf<Buffer | null>()
      expectTypeOf(record.header('a')).toEqualTypeOf<Buffer | null | undefined>()
      expectTypeOf(record.toJSON()).toEqualTypeOf<object>()
      expectTypeOf([...batch]).toEqualTypeOf<ConsumerRecord[]>()
      // @ts-expect-error what was spread is no record
      const spread: ConsumerRecord = { ...record }
      // @ts-expect-error read only
      record.offset = 1n
      return spread
    })
  })

  it('tells of what happens in events that can be told apart', () => {
    compiles(() =>
      kafka.events.subscribe((event: KafkaEvent) => {
        if (event.type === 'skipped') expectTypeOf(event.from).toEqualTypeOf<bigint>()
        if (event.type === 'assigned') expectTypeOf(event.partitions).toEqualTypeOf<readonly TopicPartition[]>()
        if (event.type === 'stalled') expectTypeOf(event.inWork).toEqualTypeOf<number>()
        if (event.type === 'waiting') expectTypeOf(event.reader).toEqualTypeOf<'records' | 'batches' | 'partition'>()
        // @ts-expect-error there is no such event
        if (event.type === 'rebalanced') return
      }),
    )
  })

  it('fails with errors that say of what', () => {
    expectTypeOf<HandlerError['record']>().toEqualTypeOf<ConsumerRecord>()
    expectTypeOf<HandlerTimeoutError['timeout']>().toEqualTypeOf<number>()
    expectTypeOf<HandlerTimeoutError>().toExtend<HandlerError>()
  })
})
