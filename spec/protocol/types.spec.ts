import type {
  Api,
  FetchResponse,
  Metadata as MetadataApi,
  MetadataRequest,
  MetadataRequestInput,
  MetadataResponse,
  MetadataResponseInput,
  ProduceRequest,
  ProduceRequestInput,
  RequestHeaderInput,
} from 'kafka-rx/protocol'
import { Metadata, type Produce } from 'kafka-rx/protocol'
import { describe, expectTypeOf, it } from 'vitest'

type Element<T> = T extends readonly (infer E)[] ? E : never

describe('the types that users see', () => {
  it('have every field on the way out, null only where a version allows it', () => {
    expectTypeOf<MetadataRequest>().toEqualTypeOf<{
      topics: { topicId: string; name: string | null }[] | null
      allowAutoTopicCreation: boolean
      includeClusterAuthorizedOperations: boolean
      includeTopicAuthorizedOperations: boolean
    }>()
    expectTypeOf<MetadataResponse['brokers']>().toEqualTypeOf<
      { nodeId: number; host: string; port: number; rack: string | null }[]
    >()
    expectTypeOf<MetadataResponse['topics'][number]['partitions'][number]['isrNodes']>().toEqualTypeOf<number[]>()
  })

  it('may leave out on the way in what some version lacks, and nothing else', () => {
    expectTypeOf<MetadataRequestInput>().toEqualTypeOf<{
      readonly topics: readonly { readonly topicId?: string | undefined; readonly name: string | null }[] | null
      readonly allowAutoTopicCreation?: boolean | undefined
      readonly includeClusterAuthorizedOperations?: boolean | undefined
      readonly includeTopicAuthorizedOperations?: boolean | undefined
    }>()
    // @ts-expect-error topics may be null, not absent
    const nothing: MetadataRequestInput = {}
    // @ts-expect-error a topic's name may be null, not absent
    const nameless: MetadataRequestInput = { topics: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }] }
    // @ts-expect-error no such field
    const misspelt: MetadataRequestInput = { topics: null, allowAutoTopicCreate: true }
    void [nothing, nameless, misspelt]
  })

  it('have bigint for int64 and Buffer for bytes, which may be any Uint8Array on the way in', () => {
    type Partition = FetchResponse['responses'][number]['partitions'][number]
    expectTypeOf<Partition['highWatermark']>().toEqualTypeOf<bigint>()
    expectTypeOf<Partition['records']>().toEqualTypeOf<Buffer | null>()
    expectTypeOf<Partition['abortedTransactions']>().toEqualTypeOf<
      { producerId: bigint; firstOffset: bigint }[] | null
    >()
    type Out = ProduceRequest['topicData'][number]['partitionData'][number]
    type In = Element<Element<ProduceRequestInput['topicData']>['partitionData']>
    expectTypeOf<Out>().toEqualTypeOf<{ index: number; records: Buffer | null }>()
    expectTypeOf<In>().toEqualTypeOf<{ readonly index: number; readonly records: Uint8Array | null }>()
  })

  it('may leave out tagged fields on the way in', () => {
    type Partition = Element<Element<ReturnType<typeof Produce.response.decode>['responses']>['partitionResponses']>
    expectTypeOf<Partition['currentLeader']>().toEqualTypeOf<{ leaderId: number; leaderEpoch: number }>()
    expectTypeOf<Parameters<typeof Produce.response.encode>[0]>().toHaveProperty('nodeEndpoints')
    expectTypeOf<RequestHeaderInput>().toEqualTypeOf<{
      readonly requestApiKey: number
      readonly requestApiVersion: number
      readonly correlationId: number
      readonly clientId: string | null
    }>()
  })

  it('let what was read be written', () => {
    expectTypeOf<MetadataRequest>().toExtend<MetadataRequestInput>()
    expectTypeOf<MetadataResponse>().toExtend<MetadataResponseInput>()
    expectTypeOf<ProduceRequest>().toExtend<ProduceRequestInput>()
  })

  it('follow from the API alone', () => {
    const ask = <Q, R>(api: Api<Q, R>, body: Q): R => api.response.decode(api.request.encode(body, 0), 0)
    expectTypeOf(ask<MetadataRequestInput, MetadataResponse>).returns.toEqualTypeOf<MetadataResponse>()
    expectTypeOf(() => ask(Metadata, { topics: null })).returns.toEqualTypeOf<MetadataResponse>()
    expectTypeOf<typeof MetadataApi>().toExtend<Api>()
    // @ts-expect-error null is not what a request may be
    void (() => ask(Metadata, null))
  })
})
