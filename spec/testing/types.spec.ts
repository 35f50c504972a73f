import type { Transport } from 'kafka-rx/connection'
import type { KafkaRecord } from 'kafka-rx/protocol'
import type {
  AcceptedToken,
  BrokerAddress,
  BrokerConfig,
  BrokerConfigOptions,
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
      readonly brokers?: number | undefined
      readonly racks?: readonly string[] | undefined
      readonly settling?: number | undefined
      readonly host?: string | undefined
      readonly port?: number | undefined
      readonly advertise?: string | undefined
      readonly listen?: boolean | undefined
      readonly partitions?: number | undefined
      readonly topics?: Readonly<Record<string, number | TopicOptions | undefined>> | undefined
      readonly retentionBytes?: number | undefined
      readonly sasl?: SaslListenerOptions | undefined
      readonly config?: BrokerConfigOptions | undefined
      readonly seed?: number | undefined
      readonly scheduler?: SchedulerLike | undefined
    }>()
    expectTypeOf<SaslListenerOptions>().toEqualTypeOf<{
      readonly users?: Readonly<Record<string, string>> | undefined
      readonly mechanisms?: readonly SaslMechanism[] | undefined
      readonly sessionLifetime?: number | undefined
      readonly token?: ((token: string, now: number) => AcceptedToken | undefined) | undefined
    }>()
    expectTypeOf<BrokerConfigOptions['num.partitions']>().toEqualTypeOf<BrokerConfig['num.partitions'] | undefined>()
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
