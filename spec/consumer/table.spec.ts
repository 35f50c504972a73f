import {
  concat,
  concatMap,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  of,
  Subject,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Consumer, type ConsumerRecord, type GroupOptions, Kafka } from '../../src/index.js'
import { CreatePartitions, EndTxn, InitProducerId, Produce, RecordBatchWriter } from '../../src/protocol/index.js'
import { virtually, type World } from './virtual-life.js'

// The rows of the consumer's table that are of the whole of it: what one part does by itself is in the specs beside.

const both = describe.each(['classic', 'consumer'] as const)
type Protocol = 'classic' | 'consumer'

const options = (protocol: Protocol, more: Partial<GroupOptions> = {}): GroupOptions => ({
  group: 'g',
  topics: 'a',
  ...more,
  protocol: protocol as 'classic',
})
const membersOf = ({ broker }: World) => broker.groups.find(({ groupId }) => groupId === 'g')?.members.length ?? 0
const values = (count: number, size = 1) => Array.from({ length: count }, (_, n) => String(n % 10).repeat(size))
/** After so long. */
const during = ({ scheduler }: World, ms: number) => takeUntil<unknown>(timer(ms, scheduler))
/** Nothing of it, when it has ended. */
const silently = (work: Observable<unknown>): Observable<never> => work.pipe(ignoreElements())

both('consumer(), %s', protocol => {
  it('emits once joined, with its first assignment, empty or not, and positions fixed', () => {
    const told = virtually({ topics: { a: 1 } }, world => {
      const { kafka, write, scheduler } = world
      const opened = (then: Observable<unknown>) =>
        kafka.consumer(options(protocol), consumer =>
          merge(
            of(consumer.positions.map(({ topic, partition, position }) => `${topic}-${partition}@${position}`)),
            then,
          ),
        )
      const second = timer(10_000, scheduler).pipe(
        mergeMap(() => opened(timer(1000, scheduler).pipe(ignoreElements()))),
      )
      return concat(write(['x']), merge(opened(timer(30_000, scheduler).pipe(ignoreElements())), second))
    })
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual(['[a-0@0]', '[]', '|'])
  })
})

both('subscribed, %s', protocol => {
  it('reads until `prefetch` is in work, tells `stalled` after 5 s, then every minute, and goes on when acknowledged', () => {
    const stalled: number[] = []
    const read: number[] = []
    const inWork: ConsumerRecord[] = []
    virtually({ topics: { a: 1 } }, world => {
      const { kafka, write, scheduler, events } = world
      const one = Array.from({ length: 4 }, () => write(values(1, 2000)))
      kafka.events.subscribe(event => event.type === 'stalled' && stalled.push(scheduler.now()))
      return concat(
        ...one,
        kafka.consumer(options(protocol, { prefetch: 3000, maxPartitionBytes: 1000 }), all =>
          merge(
            all.pipe(
              tap(record => {
                read.push(scheduler.now())
                inWork.push(record)
                if (scheduler.now() >= 130_000) all.acknowledge(inWork)
              }),
            ),
            timer(130_000, scheduler).pipe(
              tap(() => {
                expect(read.length).toBe(1)
                all.acknowledge(inWork)
              }),
            ),
          ).pipe(during(world, 140_000)),
        ),
        defer(() => {
          const [first] = events.filter(({ type }) => type === 'stalled')
          expect(first).toMatchObject({ group: 'g', topic: 'a', partition: 0, offset: 0n, inWork: 1 })
          return EMPTY
        }),
      )
    })
    expect(read.length).toBe(4)
    const [first = 0, second = 0, third = 0] = stalled
    expect(first).toBeGreaterThanOrEqual(5000)
    expect(first).toBeLessThan(7500)
    expect([second - first, third - first, stalled.length]).toEqual([60_000, 120_000, 3])
  })
})

both('a handler that errors, %s', protocol => {
  it('ends it when the others are unsubscribed, what was handled is committed and the group is left', () => {
    let unsubscribed = 0
    const told = virtually({ topics: { a: 2 } }, world => {
      const { kafka, write, committed, scheduler } = world
      return concat(
        write(values(3), 0),
        write(values(3), 1),
        kafka
          .consume({ ...options(protocol), concurrency: 2 }, ({ partition, offset }) => {
            if (partition === 1) return NEVER.pipe(finalize(() => unsubscribed++))
            if (offset < 2n) return of(`${partition}@${offset}`)
            return concat(
              timer(100, scheduler).pipe(ignoreElements()),
              throwError(() => new Error('boom')),
            )
          })
          .pipe(
            tap({
              error: error => {
                expect(error).toMatchObject({ name: 'HandlerError', cause: { message: 'boom' }, retriable: false })
                expect([committed('g', 0), committed('g', 1), membersOf(world), unsubscribed]).toEqual([2n, null, 0, 1])
              },
            }),
          ),
      )
    })
    expect(told.slice(0, 2).map(one => one.replace(/^\d+: /, ''))).toEqual(['0@0', '0@1'])
    expect(told[2]).toContain('HandlerError: the handler of a-0@2 failed: boom')
  })
})

both('until emits, %s', protocol => {
  it('what runs ends, is committed, the group left, and then it completes', () => {
    const told = virtually({ topics: { a: 1 } }, world => {
      const { kafka, write, committed, scheduler } = world
      const until = new Subject<void>()
      const handled: string[] = []
      return concat(
        write(values(5)),
        kafka
          .consume({ ...options(protocol), until }, ({ offset }) => {
            if (offset === 2n) until.next()
            return timer(100, scheduler).pipe(map(() => handled.push(`${offset}`)))
          })
          .pipe(tap({ complete: () => expect([committed('g'), membersOf(world)]).toEqual([3n, 0]) })),
        defer(() => of(handled.join())),
      )
    })
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual(['1', '2', '3', '0,1,2', '|'])
  })

  it('a member that is still joining leaves all the same', () => {
    virtually({ topics: { a: 1 } }, world => {
      const { kafka, broker, scheduler } = world
      broker.fault({ api: ['JoinGroup', 'ConsumerGroupHeartbeat'], late: 1000 })
      const until = timer(500, scheduler)
      return concat(
        kafka.consume({ ...options(protocol), until }, () => EMPTY),
        kafka.released.pipe(ignoreElements()),
        defer(() => {
          expect(membersOf(world)).toBe(0)
          return EMPTY
        }),
      )
    })
  })
})

describe('`to` is reached', () => {
  it('of given partitions with a group: what is handed out is handled, committed, and it completes', () => {
    const told = virtually({ topics: { a: 2 } }, ({ kafka, write, committed, scheduler }) =>
      concat(
        write(values(3), 0),
        write(values(2), 1),
        kafka.consume(
          {
            group: 'g',
            partitions: [
              { topic: 'a', partition: 0 },
              { topic: 'a', partition: 1 },
            ],
            to: 'latest',
            concurrency: 2,
          },
          ({ partition, offset }) => timer(50, scheduler).pipe(map(() => `${partition}@${offset}`)),
        ),
        defer(() => of(`${committed('g', 0)} ${committed('g', 1)}`)),
      ),
    )
    const all = told.map(one => one.replace(/^\d+: /, ''))
    expect(all.slice(0, 5).toSorted()).toEqual(['0@0', '0@1', '0@2', '1@0', '1@1'])
    expect(all.slice(5)).toEqual(['3 2', '|'])
  })
})

both('unsubscribed, %s', protocol => {
  it('handlers are unsubscribed at once; what was handled is committed and the group left in the background', () => {
    let left = -1
    virtually({ topics: { a: 1 } }, world => {
      const { kafka, write, committed, scheduler } = world
      return concat(
        write(values(5)),
        kafka
          .consume(options(protocol), ({ offset }) =>
            offset < 2n ? EMPTY : NEVER.pipe(finalize(() => (left = scheduler.now()))),
          )
          .pipe(during(world, 4321)),
        defer(() => {
          expect(left).toBe(scheduler.now())
          return silently(kafka.released)
        }),
        defer(() => {
          expect([committed('g'), membersOf(world)]).toEqual([2n, 0])
          return EMPTY
        }),
      )
    })
  })

  it('a static member is kept, for it may come back', () => {
    virtually({ topics: { a: 1 } }, world => {
      const { kafka, requests } = world
      const leaving = requests({ api: 'LeaveGroup' })
      return concat(
        kafka.consumer(options(protocol, { instanceId: 'one' })).pipe(during(world, 5000)),
        silently(kafka.released),
        defer(() => {
          expect([membersOf(world), leaving]).toEqual([1, []])
          return EMPTY
        }),
      )
    })
  })
})

both('partitions revoked, %s', protocol => {
  /** One member, whom a second takes a partition from after 5 s. */
  const shared = (
    world: World,
    first: (options: GroupOptions) => Observable<unknown>,
    more: Partial<GroupOptions> = {},
    ms = 60_000,
  ) => {
    const { kafka, write, scheduler } = world
    const second = timer(5000, scheduler).pipe(
      mergeMap(() => kafka.consumer(options(protocol), () => timer(ms - 6000, scheduler))),
      ignoreElements(),
    )
    return concat(
      write(values(3), 0),
      write(values(3), 1),
      merge(first(options(protocol, more)), second).pipe(during(world, ms)),
    )
  }

  it('what is in work has until half of `rebalanceTimeout`, then its handlers are unsubscribed', () => {
    let began = 0
    const cut: number[] = []
    virtually({ topics: { a: 2 } }, world => {
      const { kafka, scheduler } = world
      kafka.events.subscribe(event => {
        if (event.type === 'revoked') began ||= scheduler.now()
      })
      return shared(
        world,
        mine =>
          kafka.consume({ ...mine, concurrency: 2 }, () =>
            NEVER.pipe(finalize(() => cut.push(scheduler.now() - began))),
          ),
        { rebalanceTimeout: 20_000 },
      )
    })
    expect(began).toBeGreaterThanOrEqual(5000)
    // The other partition's goes on, to the end.
    expect(cut).toEqual([10_000, 60_000 - began])
  })

  it('what was acknowledged is committed before others have them, and onRevoked is awaited', () => {
    const log: string[] = []
    virtually({ topics: { a: 2 } }, world => {
      const { kafka, scheduler, committed, broker } = world
      const owned = () => broker.groups[0]?.members.map(({ partitions }) => partitions.length).toSorted()
      return shared(world, mine => kafka.consumer(mine, (all: Consumer) => all.pipe(tap(all.acknowledge))), {
        commit: { interval: Number.POSITIVE_INFINITY },
        onRevoked: ([partition]) => {
          const at = committed('g', partition?.partition)
          log.push(`revoked ${at} ${owned()}`)
          return timer(2000, scheduler).pipe(tap(() => log.push(`done ${owned()}`)))
        },
      })
    })
    expect(log.slice(0, 2).map(one => one.split(' ').slice(0, one.startsWith('done') ? 1 : 2))).toEqual([
      ['revoked', '3'],
      ['done'],
    ])
    // Nobody else has it while onRevoked runs.
    expect(log[1]).not.toBe('done 1,1')
  })

  it('nobody waits for a partition with nothing in work, nor for what was fetched and not handed out', () => {
    const times: number[] = []
    virtually({ topics: { a: 2 } }, world => {
      const { kafka, scheduler } = world
      kafka.events.subscribe(event => {
        if (event.type === 'revoked') times.push(scheduler.now())
        if (event.type === 'assigned' && times.length === 1) times.push(scheduler.now())
      })
      return shared(world, mine => kafka.consumer(mine))
    })
    const [revoked = 0, assigned = 0] = times
    expect(revoked).toBeGreaterThanOrEqual(5000)
    expect(assigned - revoked).toBeLessThan(6000)
  })

  it('others go on being read meanwhile', () => {
    const reads: number[] = []
    virtually({ topics: { a: 2 } }, world => {
      const { kafka, scheduler, write } = world
      let revoked = -1
      kafka.events.subscribe(event => {
        if (event.type === 'revoked' && revoked < 0) {
          revoked = event.partitions[0]?.partition ?? -1
          // While its handler holds up the rebalance.
          scheduler.schedule(() => write(['more'], 1 - revoked).subscribe(), 1000)
        }
      })
      return shared(
        world,
        mine =>
          kafka.consume({ ...mine, concurrency: 2 }, ({ partition, value }) => {
            if (String(value) === 'more') reads.push(scheduler.now())
            return partition === revoked || scheduler.now() < 4000 ? timer(15_000, scheduler) : EMPTY
          }),
        { rebalanceTimeout: 60_000 },
      )
    })
    expect(reads).toHaveLength(1)
  })
})

both('partitions lost, %s', protocol => {
  it('handlers are unsubscribed, nothing is committed, onLost is called, and it joins again', () => {
    const log: string[] = []
    const told = virtually({ topics: { a: 1 } }, world => {
      const { kafka, write, broker, committed, scheduler } = world
      const lost = options(protocol, {
        commit: { interval: Number.POSITIVE_INFINITY },
        onLost: partitions => of(log.push(`lost ${partitions.length} ${committed('g')}`)),
        onRevoked: () => of(log.push('revoked')),
      })
      const api = ['Heartbeat', 'ConsumerGroupHeartbeat'] as const
      scheduler.schedule(() => broker.fault({ api, error: 'UNKNOWN_MEMBER_ID' }), 5000)
      let isFirst = true
      return concat(
        write(values(3)),
        kafka
          .consume(lost, ({ offset }) => {
            if (offset < 2n || !isFirst) return of(`${offset}`)
            isFirst = false
            return NEVER.pipe(finalize(() => log.push('unsubscribed')))
          })
          .pipe(during(world, 70_000)),
      )
    })
    expect(log).toEqual(['unsubscribed', 'lost 1 null'])
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual(['0', '1', '0', '1', '2', '|'])
  })

  it('no heartbeat answered for a session timeout: nothing more is handed out', () => {
    const read: number[] = []
    const offsets = new Set<bigint>()
    virtually({ brokers: 2, topics: { a: { partitions: 1, replicationFactor: 2 } } }, world => {
      const { kafka, write, broker, scheduler } = world
      const api = ['Heartbeat', 'ConsumerGroupHeartbeat', 'FindCoordinator'] as const
      const fault = { api, errorAfter: 'COORDINATOR_NOT_AVAILABLE', times: Number.POSITIVE_INFINITY } as const
      scheduler.schedule(() => {
        const lasting = broker.fault(fault)
        scheduler.schedule(() => lasting.unsubscribe(), 80_000)
      }, 5000)
      const every = timer(1000, 1000, scheduler).pipe(
        take(110),
        mergeMap(() => write(['x'])),
      )
      const reading = kafka.consumer(options(protocol), all =>
        merge(
          all.pipe(
            tap(({ offset }) => offsets.add(offset) && read.push(scheduler.now())),
            tap(all.acknowledge),
          ),
          every,
        ),
      )
      return silently(reading.pipe(during(world, 120_000)))
    })
    const gap = read.slice(1).map((time, index) => [time - (read[index] as number), read[index]] as const)
    const [longest, from] = gap.toSorted(([one], [other]) => other - one)[0] ?? []
    expect(longest).toBeGreaterThan(30_000)
    expect(from).toBeGreaterThanOrEqual(44_000)
    // Then all that could not be committed comes again, for its session was over.
    expect(offsets.size).toBe(110)
  })
})

both('a pause, %s', protocol => {
  it('survives that its partition goes and comes again, and keeps what was fetched', () => {
    const log: string[] = []
    virtually({ topics: { a: 1 } }, world => {
      const { kafka, write, broker, scheduler, requests } = world
      const api = ['Heartbeat', 'ConsumerGroupHeartbeat'] as const
      return concat(
        write(values(3)),
        kafka.consumer(options(protocol), all => {
          all.pause()
          scheduler.schedule(() => broker.fault({ api, error: 'UNKNOWN_MEMBER_ID' }), 5000)
          const fetched = requests({ api: 'Fetch' })
          let before = 0
          scheduler.schedule(() => {
            before = fetched.length
            all.resume({ topic: 'a', partition: 0 })
          }, 70_000)
          return all.pipe(
            tap(({ offset }) => log.push(`${offset} ${scheduler.now()} ${fetched.length - before <= 1}`)),
            tap(all.acknowledge),
            during(world, 80_000),
          )
        }),
      )
    })
    expect(log.map(one => one.split(' ')[0])).toEqual(['0', '1', '2'])
    expect(log.every(one => Number(one.split(' ')[1]) >= 70_000)).toBe(true)
  })
})

both('nothing committed, %s', protocol => {
  it("with offsetReset 'latest' the place is committed at once", () => {
    const told = virtually({ topics: { a: 1 } }, world => {
      const { kafka, write, committed } = world
      return concat(
        write(values(5)),
        silently(kafka.consumer(options(protocol, { offsetReset: 'latest' })).pipe(during(world, 2000))),
        silently(kafka.released),
        defer(() => of(`${committed('g')}`)),
        write(['late']),
        // It missed nothing of what came while it was away.
        kafka.consumer(options(protocol, { offsetReset: 'latest' }), all => all.pipe(take(1))),
      )
    })
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual(['5', 'a-0@5 late', '|'])
  })
})

describe.each([
  { form: 'no group', reading: { topics: 'a', at: 'latest' } as const },
  { form: 'classic', reading: options('classic', { offsetReset: 'latest' }) },
  { form: 'consumer', reading: options('consumer', { offsetReset: 'latest' }) },
])('nothing committed, $form', ({ form, reading }) => {
  it('partitions added while subscribed start at the earliest', () => {
    let added: bigint | null = null
    const told = virtually({ topics: { a: 1 }, kafka: { metadataMaxAge: 1000 } }, world => {
      const { kafka, write, broker, committed, scheduler } = world
      // One that knows of it before the consumer does.
      const other = new Kafka({ bootstrap: [...broker.bootstrap], transport: broker.transport, scheduler })
      const more = timer(1000, scheduler).pipe(
        mergeMap(() =>
          kafka.request(
            CreatePartitions,
            { topics: [{ name: 'a', count: 2, assignments: null }], timeoutMs: 1000, validateOnly: false },
            { to: 'controller' },
          ),
        ),
        mergeMap(() => other.producer().send({ topic: 'a', partition: 1, value: 'first' })),
        mergeMap(() => other.released),
        ignoreElements(),
      )
      expect(broker.partitions).toHaveLength(1)
      return concat(
        write(['old']),
        kafka.consumer(reading, all => merge(more, all).pipe(during(world, 20_000))),
        defer(() => {
          added = committed('g', 1)
          return EMPTY
        }),
      )
    })
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual(['a-1@0 first', '|'])
    // It is kept where it began: who takes it over does not know that it was new.
    if (form !== 'no group') expect(added).toBe(0n)
  })
})

both('records of transactions, %s', protocol => {
  /** One transaction from its begin to its end, so many ms later. */
  const transact = (
    { kafka, broker, scheduler }: World,
    all: readonly string[],
    { committed, after = 0 }: { readonly committed: boolean; readonly after?: number },
  ) =>
    defer(() => {
      const transactionalId = 't'
      const to = { coordinator: { transaction: transactionalId } } as const
      const { topicId = '' } = broker.partitions[0] ?? {}
      return kafka.request(InitProducerId, { transactionalId, transactionTimeoutMs: 60_000 }, { to }).pipe(
        concatMap(({ producerId, producerEpoch }) => {
          const writer = new RecordBatchWriter({ producerId, producerEpoch, baseSequence: 0, isTransactional: true })
          for (const value of all) writer.append({ key: null, value: Buffer.from(value), timestamp: 1n })
          const partitionData = [{ index: 0, records: writer.close() }]
          const topicData = [{ name: 'a', topicId, partitionData }]
          const produced = kafka.request(
            Produce,
            { transactionalId, acks: -1, timeoutMs: 5000, topicData },
            { to: { leader: { topic: 'a', partition: 0 } } },
          )
          const ending = { transactionalId, producerId, producerEpoch, committed }
          const ended = timer(after, scheduler).pipe(concatMap(() => kafka.request(EndTxn, ending, { to })))
          return concat(silently(produced), silently(ended))
        }),
      )
    })

  it('are handed out once committed; aborted and control records are passed by, and lag and commits move on', () => {
    const told = virtually({ topics: { a: 1 } }, world => {
      const { kafka, committed, write, scheduler } = world
      return concat(
        write(['first']),
        transact(world, ['x', 'y'], { committed: false }),
        transact(world, ['z'], { committed: true }),
        kafka.consumer(options(protocol, { commit: { interval: 100 } }), all =>
          concat(
            all.pipe(
              tap(record => all.acknowledge(record)),
              takeUntil(timer(5000, scheduler)),
            ),
            defer(() => of(all.positions[0])),
          ),
        ),
        defer(() => of(`${committed('g')} of ${world.broker.partitions[0]?.highWatermark}`)),
      )
    })
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual([
      'a-0@0 first',
      'a-0@4 z',
      '{"topic":"a","partition":0,"position":"6","committed":"6","endOffset":"6","lag":"0","paused":false}',
      '6 of 6',
      '|',
    ])
  })

  it('wait for the end of one that is open', () => {
    const told = virtually({ topics: { a: 1 } }, world => {
      const { kafka, write, scheduler } = world
      const behind = timer(1000, scheduler).pipe(concatMap(() => write(['behind'])))
      return merge(
        transact(world, ['open'], { committed: true, after: 2000 }),
        behind,
        kafka.consumer(options(protocol), all => all.pipe(take(2))),
      )
    })
    expect(told).toEqual(['2000: a-0@0 open', '2000: a-0@1 behind', '2000: |'])
  })
})
