import type { Broker, RequestOptions } from 'kafka-rx'
import { CreateTopics, Metadata, type MetadataRequestInput, type MetadataResponse } from 'kafka-rx/protocol'
import type { Observable } from 'rxjs'
import { expectTypeOf, test } from 'vitest'

test('a request takes the fields of its message and no others, however deep', () => {
  const ask = (kafka: Broker) => {
    expectTypeOf(kafka.request(Metadata, { topics: null })).toEqualTypeOf<Observable<MetadataResponse>>()
    expectTypeOf(kafka.request(Metadata, () => ({ topics: null }))).toEqualTypeOf<Observable<MetadataResponse>>()
    // @ts-expect-error: it would be left out in silence, and the topic be created
    kafka.request(Metadata, { topics: null, allowAutoTopicCreaton: false })
    // @ts-expect-error: topicId
    kafka.request(Metadata, { topics: [{ name: 'orders', topicID: 'AAAAAAAAAAAAAAAAAAAAAA' }] })
    const topic = { name: 'orders', numPartitions: 1, replicationFactor: 1, assignments: [] }
    // @ts-expect-error: name
    kafka.request(CreateTopics, { topics: [{ ...topic, configs: [{ nam: 'a', value: null }] }], timeoutMs: 1 })
    // @ts-expect-error: topics must be given
    kafka.request(Metadata, {})
    // @ts-expect-error: topics must be given by a function, too
    kafka.request(Metadata, () => ({}))
  }
  void ask
})

test('a request may be made of what was made before', () => {
  const ask = (kafka: Broker, body: MetadataRequestInput, options: RequestOptions) =>
    kafka.request(Metadata, body, { ...options, timeout: undefined })
  expectTypeOf(ask).returns.toEqualTypeOf<Observable<MetadataResponse>>()
})
