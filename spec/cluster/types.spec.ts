import { firstValueFrom, type Observable, of } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { cold } from '../../src/cluster/cold.js'
import {
  Cold,
  type Data,
  type Delivery,
  Kafka,
  type KafkaEvent,
  type KafkaOptions,
  type KafkaRequestOptions,
  type NewTopic,
  type Producer,
  type RequestTarget,
  type Topic,
  type TopicPartition,
  type TopicPartitionInfo,
} from '../../src/index.js'
import { Metadata, type MetadataResponse } from '../../src/protocol/index.js'

const kafka = new Kafka({ bootstrap: 'localhost' })

describe('what is cold', () => {
  it('cannot be awaited, nor returned by an async function', () => {
    // @ts-expect-error  nothing would happen, in silence
    const awaited = async () => await kafka.topics()
    // @ts-expect-error  an async function awaits what it returns
    const returned = async () => kafka.request(Metadata, { topics: null })
    // @ts-expect-error
    const released = async () => await kafka.released
    expect([awaited, returned, released].every(one => typeof one === 'function')).toBe(true)
  })

  it('is not thenable when it runs, and an Observable like any other', async () => {
    const one = cold(of(1))
    expect('then' in one).toBe(false)
    expect('then' in kafka.released).toBe(false)
    expect(one).toBeInstanceOf(Cold)
    expect(await firstValueFrom(one)).toBe(1)
  })
})

describe('the types of a cluster', () => {
  it('are those of its contract', () => {
    expectTypeOf(kafka.events).toEqualTypeOf<Observable<KafkaEvent>>()
    expectTypeOf(kafka.released).toEqualTypeOf<Cold<void>>()
    expectTypeOf(kafka.topics).toEqualTypeOf<(names?: string | readonly string[]) => Cold<readonly Topic[]>>()
    expectTypeOf(kafka.createTopics).toEqualTypeOf<
      (
        topics: NewTopic | readonly NewTopic[],
        options?: { readonly timeout?: number | undefined },
      ) => Cold<readonly Topic[]>
    >()
    expectTypeOf(kafka.deleteTopics).toEqualTypeOf<
      (names: string | readonly string[], options?: { readonly timeout?: number | undefined }) => Cold<void>
    >()
    expectTypeOf(kafka.request(Metadata, { topics: null })).toEqualTypeOf<Cold<MetadataResponse>>()
    expectTypeOf(kafka.producer()).toEqualTypeOf<Producer>()
    expectTypeOf(kafka.producer().send({ topic: 'a', value: null })).toExtend<Observable<Delivery>>()
    expectTypeOf<Data>().toEqualTypeOf<string | Uint8Array | null>()
    expectTypeOf<TopicPartition>().toEqualTypeOf<{ readonly topic: string; readonly partition: number }>()
    expectTypeOf<Topic>().toEqualTypeOf<{
      readonly name: string
      readonly id: string
      readonly isInternal: boolean
      readonly partitions: readonly TopicPartitionInfo[]
    }>()
    expectTypeOf<TopicPartitionInfo>().toEqualTypeOf<{
      readonly partition: number
      readonly leader: number
      readonly leaderEpoch: number
      readonly replicas: readonly number[]
      readonly inSyncReplicas: readonly number[]
      readonly offline: readonly number[]
    }>()
    expectTypeOf<RequestTarget>().toEqualTypeOf<
      | 'any'
      | 'controller'
      | { readonly broker: number }
      | { readonly leader: TopicPartition }
      | { readonly coordinator: { readonly group: string } | { readonly transaction: string } }
    >()
    expectTypeOf<KafkaRequestOptions>().toEqualTypeOf<{
      readonly to?: RequestTarget | undefined
      readonly timeout?: number | undefined
      readonly version?: number | undefined
    }>()
  })

  it('tell events apart', () => {
    const nameOf = (event: KafkaEvent): string | number | bigint | undefined => {
      switch (event.type) {
        case 'connected':
          return event.nodeId + event.port
        case 'retrying':
          return `${event.what} ${event.attempt} ${event.delay} ${event.cause.code} ${event.topic} ${event.partition}`
        case 'throttled':
          return event.api
        case 'stalled':
          return `${event.topic}-${event.partition}@${event.offset} ${event.inWork} ${event.since} ${event.group}`
        case 'skipped':
          return event.to - event.from
        case 'commit-failed':
          return event.offsets[0]?.metadata
        case 'waiting':
          return event.reader
        default:
          return undefined
      }
    }
    expect(nameOf({ type: 'throttled', nodeId: 1, api: 'Fetch', delay: 5 })).toBe('Fetch')
  })

  it('refuse misspelt and missing options', () => {
    const wrong = [
      // @ts-expect-error
      () => new Kafka({}),
      // @ts-expect-error
      () => new Kafka({ bootstrap: 'a', port: 1 }),
      // @ts-expect-error
      () => new Kafka({ bootstrap: 'a', retryBackof: {} }),
      // @ts-expect-error
      () => kafka.request(Metadata, { topics: null }, { too: 'any' }),
      // @ts-expect-error
      () => kafka.request(Metadata, { topics: null }, { to: 'leader' }),
      // @ts-expect-error
      () => kafka.createTopics({ partitions: 1 }),
      // @ts-expect-error
      () => kafka.producer({ acks: 1, idempotent: true }),
    ]
    for (const one of wrong) expect(one).toThrow(expect.objectContaining({ name: 'ArgumentError' }))
  })

  it('take undefined for an option left out', () => {
    const options: KafkaOptions = {
      bootstrap: 'a',
      timeout: undefined,
      retryBackoff: { max: undefined },
      sasl: undefined,
    }
    expect(() => new Kafka(options)).not.toThrow()
    expect(() => kafka.request(Metadata, { topics: null }, { to: undefined, timeout: undefined })).not.toThrow()
  })
})
