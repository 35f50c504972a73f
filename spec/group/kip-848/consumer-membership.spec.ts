import { concat, defer, NEVER, throwError, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { createTopics } from '../../../src/cluster/create-topics.js'
import { deleteTopics } from '../../../src/cluster/delete-topics.js'
import { errors } from '../../../src/protocol/error-codes.js'
import { type Stub, virtually } from './virtual-group.js'

const always = Number.POSITIVE_INFINITY

/** Who held each partition at the end; one of nobody is left out. */
function holders(members: Readonly<Record<string, Stub>>): string[] {
  return Object.entries(members)
    .flatMap(([name, { held }]) => [...held].map(key => `${key} ${name}`))
    .sort()
}

describe('members of the new protocol', () => {
  it('join, share with a second, and take back what that one leaves', () => {
    const told = virtually(30_000, {}, ({ join, at }) => {
      join('one')
      at(7000, () => {
        const two = join('two')
        at(20_000, () => two.membership.leave().subscribe())
      })
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      '7000: two + @2',
      // Who has to give up hears of it with its next heartbeat, and who takes over with the one after.
      '10000: one -a-0 a-1',
      '12000: two +a-0 a-1 @2',
      '20000: two |',
      '20000: one +a-0 a-1 @3',
    ])
  })

  it('give up as slowly as their holder does, with heartbeats meanwhile', () => {
    let heartbeats = 0
    const told = virtually(60_000, {}, ({ broker, join, at, scheduler }) => {
      join('one', { revoking: () => timer(23_000, scheduler) })
      at(1000, () => join('two'))
      at(5001, () => {
        broker.fault({ api: 'ConsumerGroupHeartbeat', times: always, before: () => heartbeats++ })
      })
      at(27_000, () => expect(heartbeats).toBeGreaterThan(7))
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      '1000: two + @2',
      '5000: one -a-0 a-1',
      // Told at 28,000; with its next heartbeat the other has them.
      '31000: two +a-0 a-1 @2',
    ])
  })

  it('tell who comes after a revoke that took too long, and lose', () => {
    const told = virtually(60_000, {}, ({ join, at }) => {
      join('one', { revoking: () => NEVER, member: { rebalanceTimeout: 12_000 } })
      at(1000, () => join('two'))
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      '1000: two + @2',
      '5000: one -a-0 a-1',
      '20000: one !a-0 a-1 a-2 a-3 UNKNOWN_MEMBER_ID',
      '20000: one +a-2 a-3 @4',
      '21000: two +a-0 a-1 @4',
    ])
  })

  it.each(['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID'] as const)('fenced (%s) lose all, and join again', error => {
    const told = virtually(20_000, {}, ({ broker, join, scheduler }) => {
      broker.fault({ api: 'ConsumerGroupHeartbeat', skip: 2, error })
      join('one', { losing: () => timer(100, scheduler) })
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      `5000: one !a-0 a-1 a-2 a-3 ${error}`,
      '5100: one +a-0 a-1 a-2 a-3 @1',
    ])
  })

  it('go on without a loss when the coordinator moves, or is not there for a while', () => {
    const told = virtually(60_000, { brokers: 3 }, ({ broker, join, at }) => {
      const one = join('one')
      const coordinator = () => broker.groups.find(({ groupId }) => groupId === 'g')?.coordinator ?? 0
      at(7000, () => broker.moveCoordinator('group', 'g', (coordinator() % 3) + 1))
      at(17_000, () => {
        const id = coordinator()
        broker.stop(id)
        at(37_000, () => broker.start(id))
      })
      at(59_000, () => expect(one.events.filter(({ type }) => type === 'retrying').length).toBeLessThan(60))
    })
    expect(told).toEqual(['0: one +a-0 a-1 a-2 a-3 @1'])
  })

  it('out of touch for a session timeout say so, and when they are back', () => {
    const told = virtually(90_000, {}, ({ broker, join, at }) => {
      join('one')
      at(7000, () => broker.stop(1))
      at(70_000, () => broker.start(1))
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      // The last that was answered was sent at 5,000.
      '50000: one out of touch',
      '70621: one !a-0 a-1 a-2 a-3 UNKNOWN_MEMBER_ID',
      '70621: one in touch',
      '70621: one +a-0 a-1 a-2 a-3 @3',
    ])
  })

  it('whose heartbeat had no answer say all again: what was assigned in it is not missed', () => {
    const told = virtually(60_000, {}, ({ broker, join, at }) => {
      const one = join('one')
      at(1000, () => {
        const two = join('two')
        at(5001, () => broker.fault({ api: 'ConsumerGroupHeartbeat', clientId: 'two', cut: 'after' }))
        at(59_000, () => expect(holders({ one, two })).toEqual(['a-0 two', 'a-1 two', 'a-2 one', 'a-3 one']))
      })
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      '1000: two + @2',
      '5000: one -a-0 a-1',
      '6100: two +a-0 a-1 @2',
    ])
  })

  it('on a line that has gone silent try another before the session is over', () => {
    let answered = -1
    const told = virtually(44_000, {}, ({ broker, join, scheduler }) => {
      broker.fault({ api: 'ConsumerGroupHeartbeat', skip: 2, delay: always })
      const after = () => {
        answered = scheduler.now()
      }
      broker.fault({ api: 'ConsumerGroupHeartbeat', skip: 3, after })
      join('one')
    })
    expect(told).toEqual(['0: one +a-0 a-1 a-2 a-3 @1'])
    expect(answered).toBe(20_100)
  })

  it('whose join had no answer join', () => {
    const ways = [
      [{}, '100: one +a-0 a-1 a-2 a-3 @1'],
      // Kafka takes it for another of the same name: it says good-bye for that one.
      [{ instanceId: 'i' }, '200: one +a-0 a-1 a-2 a-3 @1'],
    ] as const
    for (const [member, assigned] of ways) {
      const told = virtually(10_000, {}, ({ broker, join }) => {
        broker.fault({ api: 'ConsumerGroupHeartbeat', cut: 'after' })
        join('one', { member })
      })
      expect(told).toEqual([assigned])
    }
  })

  it('leave while they join', () => {
    let left = -1
    const told = virtually(20_000, {}, ({ broker, join, at, scheduler }) => {
      broker.fault({ api: 'ConsumerGroupHeartbeat', late: 1000 })
      const one = join('one')
      at(500, () =>
        one.membership.leave().subscribe({
          complete: () => {
            left = scheduler.now()
          },
        }),
      )
      at(3000, () => expect(broker.groups.map(({ members }) => members)).toEqual([[]]))
    })
    expect(told).toEqual(['1000: one |'])
    expect(left).toBe(1000)
  })
})

describe('leaving', () => {
  it('takes no longer than a request when the coordinator is not there', () => {
    const told = virtually(60_000, {}, ({ broker, join, at }) => {
      const one = join('one')
      at(7000, () => {
        broker.stop(1)
        one.membership.leave().subscribe()
      })
    })
    expect(told).toEqual(['0: one +a-0 a-1 a-2 a-3 @1', '37000: one |'])
  })

  it('ends all, and nothing stays open', () => {
    const told = virtually(60_000, {}, ({ broker, join, at }) => {
      const one = join('one')
      at(7000, () => one.membership.leave().subscribe())
      at(7001, () => {
        expect(broker.groups.map(({ members }) => members)).toEqual([[]])
        expect(one.membership.identity).toBe(undefined)
        one.cluster.released.subscribe()
      })
      at(7003, () => expect(broker.connections).toEqual([]))
    })
    expect(told).toEqual(['0: one +a-0 a-1 a-2 a-3 @1', '7000: one |'])
  })

  it('of who has not begun does nothing, and there is no life after', () => {
    const told = virtually(10_000, {}, ({ join }) => {
      const one = join('one', { isIdle: true })
      one.membership.leave().subscribe()
      one.membership.life.subscribe({ complete: () => one.note('|') })
    })
    expect(told).toEqual(['0: one |'])
  })
})

describe('a static member', () => {
  const member = { instanceId: 'i' }

  it('that leaves and comes back has what it had, and nobody else had it', () => {
    const told = virtually(30_000, {}, ({ join, at }) => {
      join('other')
      let one: Stub | undefined
      at(100, () => {
        one = join('one', { member })
      })
      at(12_000, () => one?.membership.leave().subscribe())
      at(20_000, () => join('again', { member }))
    })
    expect(told).toEqual([
      '0: other +a-0 a-1 a-2 a-3 @1',
      '100: one + @2',
      '5000: other -a-0 a-1',
      '5100: one +a-0 a-1 @2',
      '12000: one |',
      '20000: again +a-0 a-1 @2',
    ])
  })

  it('that crashed comes back when its session is over', () => {
    const told = virtually(90_000, {}, ({ join, at }) => {
      const one = join('one', { member })
      at(12_000, () => one.kill())
      at(20_000, () => join('again', { member }))
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      // Its last heartbeat was at 10,000.
      '55606: again +a-0 a-1 a-2 a-3 @3',
    ])
  })

  it('beside one that lives is refused in the end', () => {
    const told = virtually(90_000, {}, ({ join, at }) => {
      join('one', { member })
      at(20_000, () => join('again', { member }))
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      expect.stringMatching(/^65606: again # UNRELEASED_INSTANCE_ID: a member of the group g as i: /),
    ])
  })
})

describe('what members read', () => {
  it('is by RegExp whatever topic matches by now', () => {
    const told = virtually(30_000, { topics: { orders: 1, other: 1 } }, world => {
      const one = world.join('one', { member: { topics: /^ord/g }, kafka: { metadataMaxAge: 10_000 } })
      world.at(12_000, () => createTopics(one.cluster, [{ name: 'ordinals', partitions: 2 }], 5000).subscribe())
    })
    expect(told).toEqual(['0: one +orders-0 @1', '12000: one +ordinals-0 ordinals-1 @2'])
  })
})

describe('a topic', () => {
  it('that metadata does not know yet is held as soon as it does', () => {
    const told = virtually(30_000, { topics: { a: 1, b: 1 } }, ({ broker, join }) => {
      const error = 'UNKNOWN_TOPIC_OR_PARTITION'
      broker.fault({ api: 'Metadata', topic: 'b', times: 3, error })
      join('one', { member: { topics: ['a', 'b'] } })
    })
    expect(told).toEqual(['0: one +a-0 @1', '317: one +b-0 @1'])
  })

  it('made anew is given up, and held anew', () => {
    const told = virtually(30_000, {}, ({ join, at }) => {
      join('one')
      const { cluster } = join('somebody', { isIdle: true })
      const create = defer(() => createTopics(cluster, [{ name: 'a', partitions: 1 }], 5000))
      at(7000, () => concat(deleteTopics(cluster, ['a'], 5000), create).subscribe())
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      '10000: one -a-0 a-1 a-2 a-3',
      // What was known of it was its old self, and was asked for anew.
      '10000: one +a-0 @2',
    ])
  })
})

describe('a refused commit', () => {
  it('brings the next heartbeat', () => {
    const beats: number[] = []
    const told = virtually(20_000, {}, ({ broker, join, at, scheduler }) => {
      const one = join('one')
      at(1000, () => join('two'))
      const before = () => void beats.push(scheduler.now())
      at(1001, () => broker.fault({ api: 'ConsumerGroupHeartbeat', clientId: 'one', times: always, before }))
      at(2000, () => {
        const { identity } = one.membership
        if (identity !== undefined) one.membership.commitRefused(errors.STALE_MEMBER_EPOCH.code, identity)
      })
    })
    expect(told.slice(2, 3)).toEqual(['2000: one -a-0 a-1'])
    expect(beats.slice(0, 3)).toEqual([2000, 2000, 7000])
  })
})

describe('life', () => {
  it('errors when the cluster is not there', () => {
    const told = virtually(60_000, {}, ({ broker, join }) => {
      broker.stop(1)
      join('one')
    })
    expect(told).toEqual([expect.stringMatching(/^30000: one # CONNECT: cannot reach the only server named/)])
  })

  it('errors with what a holder errors with, and the group is let go', () => {
    const told = virtually(60_000, {}, ({ join }) => {
      join('one', { assigning: () => throwError(() => new Error('no')) })
    })
    expect(told).toEqual(['0: one +a-0 a-1 a-2 a-3 @1', '0: one # undefined: no'])
  })

  it('errors with what is fatal', () => {
    const told = virtually(60_000, {}, ({ broker, join, scheduler }) => {
      broker.fault({ api: 'ConsumerGroupHeartbeat', skip: 2, error: 'GROUP_AUTHORIZATION_FAILED' })
      join('one', { losing: () => timer(100, scheduler) })
    })
    expect(told).toEqual([
      '0: one +a-0 a-1 a-2 a-3 @1',
      '5000: one !a-0 a-1 a-2 a-3 GROUP_AUTHORIZATION_FAILED',
      expect.stringMatching(/^5100: one # GROUP_AUTHORIZATION_FAILED: a member of the group g: /),
    ])
  })

  it('that is unsubscribed is silent, and leaves nothing open', () => {
    const told = virtually(60_000, {}, ({ broker, join, at }) => {
      const one = join('one', { kafka: { idleTimeout: 1000 } })
      at(7000, () => one.kill())
      at(10_000, () => expect(broker.connections).toEqual([]))
    })
    expect(told).toEqual(['0: one +a-0 a-1 a-2 a-3 @1'])
  })
})
