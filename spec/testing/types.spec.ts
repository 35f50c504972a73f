import type { Transport } from 'kafka-rx/connection'
import type { KafkaRecord } from 'kafka-rx/protocol'
import type {
  AcceptedToken,
  BrokerAddress,
  BrokerConfig,
  CommittedOffset,
  ConnectionView,
  CoordinatorKind,
  EmbeddedBroker,
  EmbeddedBrokerOptions,
  Fault,
  FaultEffect,
  FaultOptions,
  FaultTarget,
  GroupMemberView,
  GroupView,
  PartitionView,
  SaslListenerOptions,
  SaslMechanism,
  ServedApi,
  TopicOptions,
  TopicPartition,
  TransactionView,
} from 'kafka-rx/testing'
import * as testing from 'kafka-rx/testing'
import type { Observable, SchedulerLike, Unsubscribable } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'

// The compiler checks these: a signature that changes fails `npm run check`, before anything runs.

describe('kafka-rx/testing', () => {
  it('offers no more and no less at run time', () => {
    expect(Object.keys(testing).toSorted()).toEqual(['byteMarbles', 'embeddedBroker', 'hex', 'scripted', 'text'])
  })
})

describe('embeddedBroker', () => {
  it('gives the cluster, or what is made of it', () => {
    expectTypeOf(testing.embeddedBroker()).toEqualTypeOf<Observable<EmbeddedBroker>>()
    expectTypeOf(testing.embeddedBroker({}, () => [1])).toEqualTypeOf<Observable<number>>()
    expectTypeOf(testing.embeddedBroker).toBeCallableWith()
    expectTypeOf(testing.embeddedBroker).toBeCallableWith({ topics: { orders: 3, audit: { partitions: 1 } } })
  })

  it('takes the options that its docs have, and no others', () => {
    expectTypeOf<EmbeddedBrokerOptions>().toEqualTypeOf<{
      readonly brokers?: number
      readonly host?: string
      readonly port?: number
      readonly advertise?: string
      readonly listen?: boolean
      readonly partitions?: number
      readonly topics?: Readonly<Record<string, number | TopicOptions>>
      readonly retentionBytes?: number
      readonly sasl?: SaslListenerOptions
      readonly config?: Partial<BrokerConfig>
      readonly seed?: number
      readonly scheduler?: SchedulerLike
    }>()
    expectTypeOf<SaslListenerOptions>().toEqualTypeOf<{
      readonly users?: Readonly<Record<string, string>>
      readonly mechanisms?: readonly SaslMechanism[]
      readonly sessionLifetime?: number
      readonly token?: (token: string, now: number) => AcceptedToken | undefined
    }>()
    // @ts-expect-error a setting that would do nothing
    expectTypeOf(testing.embeddedBroker).toBeCallableWith({ config: { 'log.dirs': 1 } })
  })
})

describe('an EmbeddedBroker', () => {
  it('says where it is, and leads there', () => {
    expectTypeOf<Pick<EmbeddedBroker, 'clusterId' | 'bootstrap' | 'brokers' | 'transport'>>().toEqualTypeOf<{
      readonly clusterId: string
      readonly bootstrap: readonly [string, ...string[]]
      readonly brokers: readonly [BrokerAddress, ...BrokerAddress[]]
      readonly transport: Transport
    }>()
  })

  it('can be looked into', () => {
    type Views = 'connections' | 'partitions' | 'groups' | 'transactions'
    expectTypeOf<Pick<EmbeddedBroker, Views>>().toEqualTypeOf<{
      readonly connections: readonly ConnectionView[]
      readonly partitions: readonly PartitionView[]
      readonly groups: readonly GroupView[]
      readonly transactions: readonly TransactionView[]
    }>()
    expectTypeOf<EmbeddedBroker['records']>().toEqualTypeOf<
      (topic: string, partition: number) => readonly KafkaRecord[]
    >()
    expectTypeOf<GroupView['members']>().toEqualTypeOf<readonly GroupMemberView[]>()
    expectTypeOf<GroupView['offsets']>().toEqualTypeOf<readonly CommittedOffset[]>()
    expectTypeOf<GroupMemberView['partitions']>().toEqualTypeOf<readonly TopicPartition[]>()
  })

  it('can be made to fail', () => {
    expectTypeOf<EmbeddedBroker['fault']>().toEqualTypeOf<(options: FaultOptions) => Fault>()
    expectTypeOf<FaultOptions>().toExtend<FaultTarget & FaultEffect>()
    expectTypeOf<Fault>().toExtend<Unsubscribable & { readonly hits: number }>()
    expectTypeOf<FaultTarget['api']>().toEqualTypeOf<ServedApi | readonly ServedApi[] | undefined>()
    expectTypeOf<EmbeddedBroker['moveCoordinator']>().parameter(0).toEqualTypeOf<CoordinatorKind>()
    // @ts-expect-error no such API is served
    const options: FaultOptions = { api: 'Vote' }
    expectTypeOf(options).toEqualTypeOf<FaultOptions>()
  })
})
