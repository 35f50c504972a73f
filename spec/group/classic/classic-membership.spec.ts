import { throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ConnectionError } from '../../../src/errors.js'
import { cooperativeSticky as sticky } from '../../../src/group/assignors/cooperative-sticky.js'
import type { ErrorName } from '../../../src/protocol/error-codes.js'
import { ApiVersions } from '../../../src/protocol/messages/api-versions.js'
import { type GroupWorld, liveGroup } from '../virtual-group.js'

const membersOf = ({ broker }: GroupWorld) => broker.groups[0]?.members.length ?? 0

describe('a rebalance', () => {
  it('gives up all before it, where an assignor needs that', () => {
    const told = liveGroup(20_000, ({ join, at }) => {
      join('a')
      at(5000, () => {
        const b = join('b')
        at(10_000, () => b.leave())
      })
    })
    expect(told).toEqual([
      '0 a: has t-0 t-1 t-2 t-3 @1',
      '6000 a: gives t-0 t-1 t-2 t-3',
      '6000 a: has t-0 t-1 @2',
      '6000 b: has t-2 t-3 @2',
      '10000 b: left',
      '10000 a: gives t-0 t-1',
      '10000 a: has t-0 t-1 t-2 t-3 @3',
    ])
  })

  it('keeps what it goes on owning, where all assignors are cooperative', () => {
    const told = liveGroup(20_000, ({ join, at }) => {
      join('a', { assignors: [sticky] })
      at(5000, () => {
        const b = join('b', { assignors: [sticky] })
        at(10_000, () => b.leave())
      })
    })
    expect(told).toEqual([
      '0 a: has t-0 t-1 t-2 t-3 @1',
      '6000 a: gives t-2 t-3',
      '6000 b: has nothing @2',
      '7000 b: has t-2 t-3 @3',
      '10000 b: left',
      '10000 a: has t-2 t-3 @4',
    ])
  })

  it('heartbeats while giving up takes longer than a session, and others who wait may leave', () => {
    let beats: readonly number[] = []
    let leaves: readonly number[] = []
    const told = liveGroup(27_500, world => {
      const { join, at, requests, log } = world
      beats = requests('Heartbeat')
      leaves = requests('LeaveGroup')
      join('a', { revoking: 20_000 })
      at(5000, () => {
        const b = join('b')
        at(15_000, () => b.leave())
        at(15_001, () => log(`${membersOf(world)} left`))
      })
    })
    expect(told).toEqual([
      '0 a: has t-0 t-1 t-2 t-3 @1',
      '6000 a: gives t-0 t-1 t-2 t-3',
      // Its JoinGroup is parked on a lane of its own.
      '15000 b: left',
      '15001 1 left',
      '26000 a: gave t-0 t-1 t-2 t-3',
      '26000 a: has t-0 t-1 t-2 t-3 @2',
    ])
    expect(beats).toEqual(Array.from({ length: 27 }, (_, second) => (second + 1) * 1000))
    expect(leaves).toEqual([15_000])
  })

  it('is waited for by two members of one client, each on a connection of its own', () => {
    const told = liveGroup(20_000, ({ join, at }) => {
      const { cluster } = join('a', { revoking: 3000 })
      // Its JoinGroup is parked until the one of a has come.
      at(500, () => join('b', { cluster }))
    })
    expect(told.slice(-2)).toEqual(['4000 a: has t-0 t-1 @2', '4000 b: has t-2 t-3 @2'])
  })

  it('begins when partitions are added, and when a topic comes that matches', () => {
    const told = liveGroup(20_000, ({ join, at, createTopic, addPartitions }) => {
      join('a', { topics: /^t/g, assignors: [sticky] }, { metadataMaxAge: 1000 })
      at(4500, () => addPartitions('t', 5))
      at(8500, () => createTopic('tea'))
    })
    expect(told).toEqual(['0 a: has t-0 t-1 t-2 t-3 @1', '5000 a: has t-4 @2', '9000 a: has tea-0 @3'])
  })

  it('is put off until what is being assigned has been', () => {
    const told = liveGroup(20_000, ({ join, at }) => {
      join('a', { assignors: [sticky], assigning: 5000 })
      at(500, () => join('b', { assignors: [sticky] }))
    })
    expect(told.slice(0, 3)).toEqual(['0 a: has t-0 t-1 t-2 t-3 @1', '5000 a: gives t-2 t-3', '5000 b: has nothing @2'])
  })
})

describe('a request that is refused', () => {
  const tries = (api: 'FindCoordinator' | 'JoinGroup' | 'SyncGroup' | 'Heartbeat', error: ErrorName) => {
    let asked: readonly number[] = []
    const told = liveGroup(9000, ({ join, broker, requests }) => {
      asked = requests(api)
      broker.fault({ api, error, times: 3 })
      join('a')
    })
    return { told, asked: asked.slice(0, 4) }
  }
  const all = 'a: has t-0 t-1 t-2 t-3 @1'

  it.each(['COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS'] as const)(
    'with %s is sent again with backoff',
    error => {
      for (const api of ['FindCoordinator', 'JoinGroup', 'SyncGroup'] as const) {
        expect(tries(api, error)).toEqual({ told: [`700 ${all}`], asked: expect.arrayContaining([0, 100, 300, 700]) })
      }
      expect(tries('Heartbeat', error)).toEqual({ told: [`0 ${all}`], asked: [1000, 1100, 1300, 1700] })
    },
  )

  it('with GROUP_AUTHORIZATION_FAILED is the end at once', () => {
    const why = 'GROUP_AUTHORIZATION_FAILED (30), this principal lacks an ACL on the group'
    const error = 'GROUP_AUTHORIZATION_FAILED'
    expect(tries('FindCoordinator', error).told).toEqual([`0 a: failed: the coordinator of g: ${why}`])
    expect(tries('JoinGroup', error).told).toEqual([`0 a: failed: JoinGroup of g: ${why}`])
    expect(tries('SyncGroup', error).told).toEqual([`0 a: failed: SyncGroup of g: ${why}`])
    expect(tries('Heartbeat', error).told).toEqual([
      `0 ${all}`,
      `1000 a: lost t-0 t-1 t-2 t-3 ${error}`,
      `1000 a: failed: Heartbeat of g: ${why}`,
    ])
  })

  it('with REBALANCE_IN_PROGRESS hurries once and no more', () => {
    expect(tries('SyncGroup', 'REBALANCE_IN_PROGRESS')).toEqual({ told: [`600 ${all}`], asked: [0, 0, 200, 600] })
  })

  it('for an assignor that the group does not have is the end, and names ours', () => {
    const told = liveGroup(5000, ({ join, at }) => {
      join('a')
      at(1000, () => join('b', { assignors: [sticky] }))
    })
    expect(told.at(-1)).toMatch(
      /^1000 b: failed: JoinGroup of g with the assignors cooperative-sticky: INCONSISTENT_GRO/,
    )
  })
})

describe('an answer that is lost', () => {
  it.each([
    { api: 'JoinGroup', skip: 0, what: 'with the member id' },
    { api: 'JoinGroup', skip: 1, what: 'with the generation' },
    { api: 'SyncGroup', skip: 0, what: 'with the assignment' },
    { api: 'Heartbeat', skip: 0, what: 'to a heartbeat' },
    { api: 'LeaveGroup', skip: 0, what: 'to the good-bye' },
  ] as const)('$what is asked for again, and leaves no ghost', ({ api, skip }) => {
    const told = liveGroup(15_000, world => {
      world.broker.fault({ api, cut: 'after', skip })
      const a = world.join('a')
      world.at(9000, () => world.log(`${membersOf(world)} member`))
      world.at(10_000, () => a.leave())
      world.at(11_000, () => world.log(`${membersOf(world)} members`))
    })
    expect(told.map(line => line.replace(/^\d+ /, ''))).toEqual([
      'a: has t-0 t-1 t-2 t-3 @1',
      '1 member',
      'a: left',
      '0 members',
    ])
  })

  it('for ever holds back no JoinGroup that comes after it', () => {
    const told = liveGroup(40_000, ({ join, broker, at }) => {
      broker.fault({ api: 'Heartbeat', skip: 2, error: 'REBALANCE_IN_PROGRESS' })
      at(2500, () => broker.fault({ api: 'JoinGroup', delay: Number.POSITIVE_INFINITY }))
      broker.fault({ api: 'Heartbeat', skip: 4, error: 'UNKNOWN_MEMBER_ID' })
      join('a', { assignors: [sticky] })
    })
    // Kafka waits for who it was until that session is over.
    expect(told).toEqual([
      '0 a: has t-0 t-1 t-2 t-3 @1',
      '5000 a: lost t-0 t-1 t-2 t-3 UNKNOWN_MEMBER_ID',
      '14000 a: has t-0 t-1 t-2 t-3 @2',
    ])
  })

  it('to a JoinGroup that was parked brings the same member back', () => {
    const told = liveGroup(30_000, world => {
      const { broker, join, at, log } = world
      join('a', { revoking: 5000 })
      at(500, () => join('b'))
      at(3000, () => broker.disconnect({ clientId: 'b' }))
      at(8000, () => log(`${membersOf(world)} members`))
    })
    expect(told.slice(1)).toEqual([
      '1000 a: gives t-0 t-1 t-2 t-3',
      '6000 a: gave t-0 t-1 t-2 t-3',
      '6000 a: has t-0 t-1 @2',
      '6000 b: has t-2 t-3 @2',
      '8000 2 members',
    ])
  })
})

describe('a session', () => {
  it('out of touch hands out nothing, and is judged by the coordinator when it is back', () => {
    const told = liveGroup(35_000, ({ join, broker, at }) => {
      join('a')
      at(5500, () => broker.stop(1))
      at(30_500, () => broker.start(1))
    })
    expect(told).toEqual([
      '0 a: has t-0 t-1 t-2 t-3 @1',
      '15000 a: out of touch',
      '31000 a: lost t-0 t-1 t-2 t-3 UNKNOWN_MEMBER_ID',
      '31000 a: in touch',
      '31000 a: has t-0 t-1 t-2 t-3 @3',
    ])
  })

  it('lives when the coordinator hangs for a while', () => {
    const told = liveGroup(30_000, ({ join, broker, at }) => {
      join('a')
      at(5500, () => broker.fault({ api: 'Heartbeat', delay: Number.POSITIVE_INFINITY }))
    })
    expect(told).toEqual(['0 a: has t-0 t-1 t-2 t-3 @1'])
  })

  it('goes on with the coordinator that comes after', () => {
    let finds: readonly number[] = []
    const told = liveGroup(
      30_000,
      ({ join, broker, at, requests }) => {
        finds = requests('FindCoordinator')
        join('a')
        at(5500, () => broker.moveCoordinator('group', 'g', 2))
        at(9500, () => broker.moveCoordinator('group', 'g', 3))
      },
      { brokers: 3 },
    )
    expect(told).toEqual(['0 a: has t-0 t-1 t-2 t-3 @1'])
    expect(finds).toEqual([0, 6100, 10_100])
  })

  it('goes on with JoinGroup parked where the coordinator moves', () => {
    const told = liveGroup(
      30_000,
      ({ join, broker, at }) => {
        join('a', { revoking: 5000 })
        at(500, () => join('b'))
        at(3000, () => broker.moveCoordinator('group', 'g', 2))
      },
      { brokers: 3 },
    )
    expect(told.filter(line => line.includes('has')).slice(1)).toEqual([
      '6000 a: has t-0 t-1 @2',
      '6100 b: has t-2 t-3 @2',
    ])
  })

  it('of one that falls silent runs out, and others get what it had', () => {
    const told = liveGroup(30_000, ({ join, at }) => {
      const a = join('a')
      at(100, () => join('b'))
      at(5000, () => a.crash())
    })
    expect(told.slice(-2)).toEqual(['14000 b: gives t-2 t-3', '14000 b: has t-0 t-1 t-2 t-3 @3'])
  })

  it('that is over by what a commit was answered is lost; one of an earlier generation says nothing', () => {
    const told = liveGroup(20_000, ({ join, at, log }) => {
      const { membership } = join('a')
      let old = membership.identity
      at(1000, () => {
        old = membership.identity
        join('b')
      })
      at(5000, () => {
        if (old !== undefined) membership.commitRefused(22, old)
        log('said')
        if (membership.identity !== undefined) membership.commitRefused(22, membership.identity)
      })
    })
    expect(told.slice(4, 6)).toEqual(['5000 said', '5000 a: lost t-0 t-1 ILLEGAL_GENERATION'])
  })
})

describe('a static member (KIP-345)', () => {
  it('says nothing when it leaves, and comes back to what it had without a rebalance', () => {
    let leaves: readonly number[] = []
    const told = liveGroup(30_000, ({ join, at, requests }) => {
      leaves = requests('LeaveGroup')
      const a = join('a', { instanceId: 'one' })
      at(100, () => join('b', { instanceId: 'two' }))
      at(5000, () => a.leave())
      at(8000, () => join('a again', { instanceId: 'one' }))
    })
    expect(told.slice(4)).toEqual(['5000 a: left', '8000 a again: has t-0 t-1 @2'])
    expect(leaves).toEqual([])
  })

  it('that leads goes on watching the topics when it is back (KIP-814)', () => {
    let syncs: readonly number[] = []
    const told = liveGroup(30_000, ({ join, at, requests, addPartitions }) => {
      syncs = requests('SyncGroup')
      const a = join('a', { instanceId: 'one' })
      at(5000, () => a.leave())
      at(8000, () => join('a again', { instanceId: 'one' }, { metadataMaxAge: 1000 }))
      at(10_500, () => addPartitions('t', 5))
    })
    expect(told.slice(2)).toEqual([
      '8000 a again: has t-0 t-1 t-2 t-3 @1',
      '11000 a again: gives t-0 t-1 t-2 t-3',
      '11000 a again: has t-0 t-1 t-2 t-3 t-4 @2',
    ])
    expect(syncs).toEqual([0, 8000, 11_000])
  })

  it('ends when another comes under its name', () => {
    const told = liveGroup(5000, ({ join, at }) => {
      join('a', { instanceId: 'one' })
      at(500, () => join('b', { instanceId: 'one' }))
    })
    expect(told.slice(1)).toEqual([
      '500 b: has t-0 t-1 t-2 t-3 @1',
      '1000 a: lost t-0 t-1 t-2 t-3 FENCED_INSTANCE_ID',
      expect.stringMatching(/^1000 a: failed: Heartbeat of g: FENCED_INSTANCE_ID/),
    ])
  })
})

describe('leaving', () => {
  it('waits for the id that is on its way, and gives it back', () => {
    const told = liveGroup(15_000, world => {
      world.broker.fault({ api: 'JoinGroup', delay: 1000 })
      const leaves = world.requests('LeaveGroup')
      const a = world.join('a')
      world.at(500, () => a.leave())
      world.at(2000, () => world.log(`${leaves}`))
    })
    expect(told).toEqual(['1000 a: left', '2000 1000'])
  })

  it('takes no longer than a request when nobody hears it', () => {
    const told = liveGroup(60_000, ({ join, broker, at }) => {
      const a = join('a')
      at(5000, () => {
        broker.stop(1)
        a.leave()
      })
    })
    expect(told).toEqual(['0 a: has t-0 t-1 t-2 t-3 @1', '35000 a: left'])
  })

  it('is said too after the holder has failed', () => {
    const holder = { assigned: () => throwError(() => new ConnectionError('no')) }
    const told = liveGroup(15_000, world => {
      const a = world.join('a', { holder })
      world.at(5000, () => a.leave())
      world.at(5001, () => world.log(`${membersOf(world)} members`))
    })
    expect(told).toEqual(['0 a: failed: no', '5001 0 members'])
  })

  it('of a broker that knows no list of members names the one', () => {
    const told = liveGroup(15_000, world => {
      // As Kafka 2.0: no member id before the first join, no static members, no reasons, no protocol names.
      const old = new Map([
        [11, 3],
        [12, 1],
        [13, 1],
        [14, 1],
      ])
      world.broker.fault({
        api: 'ApiVersions',
        times: Number.POSITIVE_INFINITY,
        bytes: answer => speaking(answer, old),
      })
      const a = world.join('a')
      world.at(5000, () => a.leave())
      world.at(5001, () => world.log(`${membersOf(world)} members`))
    })
    expect(told).toEqual(['0 a: has t-0 t-1 t-2 t-3 @1', '5000 a: left', '5001 0 members'])
  })
})

/** The answer to ApiVersions of a broker that knows nothing later of some APIs. */
function speaking(answer: Buffer, limits: ReadonlyMap<number, number>): Buffer {
  const version = ApiVersions.versions.stable
  const response = ApiVersions.response.decode(answer.subarray(8), version)
  const apiKeys = response.apiKeys.map(one => ({ ...one, maxVersion: limits.get(one.apiKey) ?? one.maxVersion }))
  const body = ApiVersions.response.encode({ ...response, apiKeys }, version)
  const head = Buffer.from(answer.subarray(0, 8))
  head.writeInt32BE(body.length + 4)
  return Buffer.concat([head, body])
}
