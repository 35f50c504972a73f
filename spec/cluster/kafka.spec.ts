import { concat, lastValueFrom, map, tap, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import { DescribeGroups, ListOffsets } from '../../src/protocol/index.js'
import { embeddedBroker } from '../../src/testing/index.js'

describe('Kafka', () => {
  it('makes, lists and deletes topics, and asks whom it has to', async () => {
    const events: string[] = []
    const seen = embeddedBroker({ brokers: 3 }, ({ bootstrap, moveLeader }) => {
      const kafka = new Kafka({ bootstrap })
      kafka.events.subscribe(event => events.push(event.type))
      return concat(
        kafka.createTopics({ name: 'orders', partitions: 3 }).pipe(map(([orders]) => orders?.partitions.length)),
        kafka.topics().pipe(map(all => all.map(({ name }) => name))),
        kafka
          .request(DescribeGroups, { groups: ['billing'] }, { to: { coordinator: { group: 'billing' } } })
          .pipe(map(({ groups }) => groups[0]?.groupState)),
        kafka
          .request(
            ListOffsets,
            { replicaId: -1, topics: [{ name: 'orders', partitions: [{ partitionIndex: 1, timestamp: -1n }] }] },
            { to: { leader: { topic: 'orders', partition: 1 } } },
          )
          .pipe(
            tap(() => moveLeader('orders', 1, 3)),
            map(({ topics }) => topics[0]?.partitions[0]?.errorCode),
          ),
        kafka
          .request(
            ListOffsets,
            { replicaId: -1, topics: [{ name: 'orders', partitions: [{ partitionIndex: 1, timestamp: -1n }] }] },
            { to: { leader: { topic: 'orders', partition: 1 } } },
          )
          .pipe(map(({ topics }) => topics[0]?.partitions[0]?.errorCode)),
        kafka.deleteTopics('orders'),
        kafka.topics().pipe(map(all => all.map(({ name }) => name))),
        kafka.released,
      ).pipe(toArray())
    })
    expect(await lastValueFrom(seen)).toEqual([
      3,
      ['orders'],
      'Dead',
      0,
      0,
      undefined,
      ['__consumer_offsets'],
      undefined,
    ])
    expect(new Set(events)).toEqual(new Set(['connected', 'metadata', 'retrying', 'disconnected']))
  })
})
