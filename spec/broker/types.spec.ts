import { type Broker, type BrokerFeatures, type BrokerKnowledge, type BrokerOptions, broker } from 'kafka-rx'
import {
  type ApiVersionsResponse,
  CreateTopics,
  type CreateTopicsResponse,
  Metadata,
  type MetadataRequestInput,
  type MetadataResponse,
} from 'kafka-rx/protocol'
import { NEVER, type Observable } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

// The compiler checks these: a signature that changes fails `npm run check`, before anything runs.

declare const kafka: Broker
const topic = { name: 'orders', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }

/** Compiled, and never called. */
const compiles = (_never: () => unknown) => {}

describe('request', () => {
  it('takes the body that the API declares, or a function that gives it, and gives its response', () => {
    compiles(() => {
      const body: MetadataRequestInput = { topics: null }
      expectTypeOf(kafka.request(Metadata, body)).toEqualTypeOf<Observable<MetadataResponse>>()
      expectTypeOf(kafka.request(Metadata, { topics: null })).toEqualTypeOf<Observable<MetadataResponse>>()
      expectTypeOf(kafka.request(Metadata, () => body)).toEqualTypeOf<Observable<MetadataResponse>>()
      const created = kafka.request(CreateTopics, () => ({ topics: [topic], timeoutMs: 1, validateOnly: true }))
      expectTypeOf(created).toEqualTypeOf<Observable<CreateTopicsResponse>>()
    })
  })

  it('refuses what the body does not have, at any depth', () => {
    compiles(() => [
      // @ts-expect-error misspelt: the topic would be created
      kafka.request(Metadata, { topics: null, allowAutoTopicCreaton: false }),
      // @ts-expect-error misspelt in a list
      kafka.request(Metadata, { topics: [{ name: 'orders', topicID: 'x' }] }),
      // @ts-expect-error misspelt in a list in what a function gives
      kafka.request(Metadata, () => ({ topics: [{ nmae: 'orders' }] })),
      kafka.request(CreateTopics, {
        // @ts-expect-error misspelt two lists deep
        topics: [{ ...topic, configs: [{ name: 'a', value: 'b', vlaue: 'c' }] }],
        timeoutMs: 1,
      }),
      // @ts-expect-error missing
      kafka.request(Metadata, {}),
      // @ts-expect-error of another type
      kafka.request(Metadata, { topics: 'orders' }),
      // @ts-expect-error of another API
      kafka.request(Metadata, { timeoutMs: 1 }),
    ])
  })

  it('takes options that are undefined as left out, and no others than there are', () => {
    compiles(() => [
      kafka.request(Metadata, { topics: null }, { timeout: undefined, version: undefined, onWritten: undefined }),
      kafka.request(Metadata, { topics: null }, { timeout: 1, version: 12, onWritten: () => {} }),
      // @ts-expect-error misspelt
      kafka.request(Metadata, { topics: null }, { timout: 1 }),
    ])
  })
})

describe('broker', () => {
  it('can be told what another has learnt, by that other', () => {
    compiles(() => broker({ host: 'localhost', known: kafka }, ({ features, versions }) => [features, versions]))
    expectTypeOf<Broker>().toExtend<BrokerKnowledge>()
    expectTypeOf<BrokerOptions['known']>().toEqualTypeOf<BrokerKnowledge | undefined>()
    expectTypeOf<Broker['features']>().toEqualTypeOf<BrokerFeatures>()
    expectTypeOf<BrokerFeatures['epoch']>().toEqualTypeOf<ApiVersionsResponse['finalizedFeaturesEpoch']>()
    expectTypeOf(broker({ host: 'localhost' })).toEqualTypeOf<Observable<Broker>>()
    expectTypeOf(broker({ host: 'localhost' }, () => NEVER)).toEqualTypeOf<Observable<never>>()
  })
})
