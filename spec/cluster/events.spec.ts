import { channel } from 'node:diagnostics_channel'
import { map, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Events } from '../../src/cluster/events.js'
import { DescribeCluster } from '../../src/protocol/index.js'
import { live } from './live.js'

const connected = { type: 'connected', nodeId: 1, host: 'a', port: 1 } as const

describe('events', () => {
  it('are hot: who comes late has missed them', () => {
    const events = new Events()
    const [early, late]: [unknown[], unknown[]] = [[], []]
    const listening = events.stream.subscribe(event => early.push(event))
    events.tell(connected)
    events.stream.subscribe(event => late.push(event))
    expect([early, late, events.isHeard]).toEqual([[connected], [], true])
    listening.unsubscribe()
  })

  it('are published on kafka-rx:<type>, while somebody listens there', () => {
    const published: unknown[] = []
    const listen = (event: unknown) => published.push(event)
    const events = new Events()
    channel('kafka-rx:connected').subscribe(listen)
    events.tell(connected)
    channel('kafka-rx:connected').unsubscribe(listen)
    events.tell(connected)
    expect(published).toEqual([connected])
  })

  it('tell of connections, metadata and throttling', () => {
    const { events } = live({ broker: { topics: { a: 2 } } }, ({ kafka, cluster }) => {
      cluster.fault({ api: 'DescribeCluster', throttle: 700 })
      return kafka.request(DescribeCluster, { includeClusterAuthorizedOperations: false }, { to: 'controller' }).pipe(
        map(() => 1),
        toArray(),
      )
    })
    const node = { nodeId: 1, host: '127.0.0.1', port: 9092 }
    expect(events.slice(0, 3)).toEqual([
      { at: 0, type: 'connected', ...node, nodeId: -1 },
      { at: 0, type: 'metadata', brokers: [node], topics: [] },
      { at: 0, type: 'throttled', nodeId: 1, api: 'DescribeCluster', delay: 700 },
    ])
  })
})
