import type { Delivery, Kafka, ProduceError, Producer, Undelivered } from 'kafka-rx'
import { firstValueFrom, type Observable } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

// The compiler checks these: a signature that changes fails `npm run check`, before anything runs.

declare const kafka: Kafka
declare const producer: Producer
declare const orders$: Observable<Order>

interface Order {
  readonly id: string
}

/** Compiled, and never called. */
const compiles = (_never: () => unknown) => {}

describe('producer()', () => {
  it('refuses what cannot be', () => {
    compiles(() => [
      kafka.producer({ acks: 'all', idempotent: false }),
      kafka.producer({ acks: 1, idempotent: false, linger: undefined }),
      // @ts-expect-error an idempotent producer needs all replicas
      kafka.producer({ acks: 0, idempotent: true }),
      // @ts-expect-error nor one
      kafka.producer({ acks: 1, idempotent: true }),
      // @ts-expect-error there is no such number
      kafka.producer({ acks: 2 }),
      // @ts-expect-error misspelt
      kafka.producer({ lingerMs: 5 }),
      // @ts-expect-error no codec
      kafka.producer({ compression: 'brotli' }),
      // @ts-expect-error made by Kafka alone
      new (kafka.producer().constructor as typeof Producer)(),
    ])
  })

  it('knows what its serializers take', () => {
    compiles(() => {
      const typed = kafka.producer({ value: (order: Order) => JSON.stringify(order) })
      expectTypeOf(typed).toEqualTypeOf<Producer<import('kafka-rx').Data, Order>>()
      return [
        typed.send({ topic: 'orders', value: { id: 'a' } }),
        typed.send({ topic: 'orders', value: null }),
        kafka.producer({ value: async (order: Order) => order.id, key: (key: number) => String(key) }),
        // @ts-expect-error of another type
        typed.send({ topic: 'orders', value: 'a' }),
        // @ts-expect-error no number without a serializer
        producer.send({ topic: 'orders', value: 1 }),
      ]
    })
  })
})

describe('send', () => {
  it('gives a Delivery, or a list of them', () => {
    compiles(() => {
      const record = { topic: 'orders', value: 'x', mine: 1 }
      expectTypeOf(firstValueFrom(producer.send([record]))).resolves.toEqualTypeOf<readonly Delivery<typeof record>[]>()
      expectTypeOf(firstValueFrom(producer.send([record], { onError: 'emit' }))).resolves.toEqualTypeOf<
        readonly (Delivery<typeof record> | Undelivered<typeof record>)[]
      >()
      producer
        .send({ topic: 'orders', value: 'x' })
        .subscribe(({ offset }) => expectTypeOf(offset).toEqualTypeOf<bigint>())
    })
  })

  it('is cold, and so no Promise', () => {
    compiles(async () => {
      // @ts-expect-error does nothing before it is subscribed to
      await producer.send({ topic: 'orders', value: 'x' })
      // @ts-expect-error nor does this
      await producer.flush()
      await firstValueFrom(producer.flush())
    })
  })

  it('refuses what is no record', () => {
    compiles(() => [
      // @ts-expect-error without a topic
      producer.send({ value: 'x' }),
      // @ts-expect-error undefined is no value, null is
      producer.send({ topic: 'a', value: undefined }),
      // @ts-expect-error a partition is a number
      producer.send({ topic: 'a', value: 'x', partition: '1' }),
      // @ts-expect-error of one record an error is always an error
      producer.send({ topic: 'a', value: 'x' }, { onError: 'emit' }),
      producer.send({
        topic: 'a',
        value: 'x',
        key: undefined,
        partition: undefined,
        headers: undefined,
        timestamp: new Date(),
      }),
      producer.send({ topic: 'a', value: 'x', headers: { one: '1', many: ['2', null], none: undefined } }),
    ])
  })
})

describe('produce', () => {
  it("with onError 'emit' has to be narrowed", () => {
    compiles(() => {
      const told$ = orders$.pipe(
        producer.produce(({ id }) => ({ topic: 'orders', value: id }), { onError: 'emit', overflow: 'drop' }),
      )
      return told$.subscribe(told => {
        expectTypeOf(told.input).toEqualTypeOf<Order>()
        expectTypeOf(told.offset).toEqualTypeOf<bigint | undefined>()
        // @ts-expect-error not before it is known that there is no error
        told.toJSON()
        if (told.error) expectTypeOf(told.error).toEqualTypeOf<ProduceError<Order>>()
        else expectTypeOf(told).toEqualTypeOf<Delivery<Order>>()
      })
    })
  })

  it('refuses options that are another’s', () => {
    compiles(() => [
      // @ts-expect-error what it pulls it has room for
      producer.produceFrom(['a'], value => ({ topic: 'orders', value }), { overflow: 'drop' }),
      // @ts-expect-error no such policy
      orders$.pipe(producer.produce(({ id }) => ({ topic: 'orders', value: id }), { onError: 'ignore' })),
      // @ts-expect-error not something to iterate over
      producer.produceFrom(orders$, ({ id }) => ({ topic: 'orders', value: id })),
    ])
  })
})
