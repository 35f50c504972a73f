import {
  catchError,
  concat,
  defer,
  EMPTY,
  ignoreElements,
  merge,
  mergeMap,
  type Observable,
  of,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Consumer, Kafka } from '../../src/index.js'
import { virtually } from './virtual-life.js'

const protocols = ['classic', 'consumer'] as const
const topics = { a: 1 }

describe.each(protocols)('a topic made anew, %s', protocol => {
  it('gets no commit of what was read of the one before', () => {
    const told = virtually({ topics, kafka: { metadataMaxAge: 1000 } }, ({ kafka, write, committed, scheduler }) =>
      concat(
        write(['a', 'b', 'c']),
        kafka.consumer(
          { group: 'g', topics: 'a', protocol: protocol as 'classic', commit: { interval: 60_000 } },
          all =>
            concat(
              all.pipe(take(3), tap(all.acknowledge), ignoreElements()),
              defer(() => {
                all.pause()
                return concat(kafka.deleteTopics('a'), kafka.createTopics({ name: 'a', partitions: 1 })).pipe(
                  ignoreElements(),
                )
              }),
              timer(5000, scheduler).pipe(mergeMap(() => all.commit().pipe(ignoreElements()))),
            ),
        ),
        defer(() => of(`${committed('g')}`)),
        write(['x', 'y']),
        kafka.consumer({ group: 'g', topics: 'a', protocol: protocol as 'classic' }, all => all.pipe(take(2))),
      ),
    )
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual(['null', 'a-0@0 x', 'a-0@1 y', '|'])
  })
})

describe('a topic made anew under members of the new protocol', () => {
  it('is read by nobody before it is assigned', () => {
    const readers = new Map<string, Set<string>>()
    virtually({ topics: { a: 3 } }, ({ kafka, write, scheduler }) => {
      const member = (name: string, more: Observable<unknown> = EMPTY) =>
        kafka.consumer({ group: 'g', topics: 'a', protocol: 'consumer' }, all =>
          merge(
            all.pipe(
              tap(record => {
                const { partition, offset } = record
                const where = `${partition}@${offset}`
                readers.set(where, (readers.get(where) ?? new Set()).add(name))
                all.acknowledge(record)
              }),
            ),
            more,
          ),
        )
      const remake = timer(1000, scheduler).pipe(
        mergeMap(() => concat(kafka.deleteTopics('a'), kafka.createTopics({ name: 'a', partitions: 3 }))),
        ignoreElements(),
      )
      const second = timer(2000, scheduler).pipe(mergeMap(() => member('second')))
      const writing = timer(2500, 100, scheduler).pipe(
        take(100),
        mergeMap(n => write(['x'], n % 3)),
      )
      return merge(member('first', remake), second, writing).pipe(takeUntil(timer(20_000, scheduler)), ignoreElements())
    })
    expect(readers.size).toBe(100)
    expect([...readers].filter(([, { size }]) => size > 1)).toEqual([])
  })
})

describe('a member that knows a topic by an older id', () => {
  it('asks for what is committed under the new one, and goes on from there', () => {
    const told = virtually({ brokers: 2, topics, kafka: { metadataMaxAge: 1_000_000 } }, world => {
      const { kafka, write, scheduler, broker } = world
      const { bootstrap, transport } = broker
      const other = new Kafka({ bootstrap, transport, scheduler, random: size => Buffer.alloc(size, 77) })
      const member = (client: Kafka, use: (all: Consumer) => Observable<unknown>) =>
        client.consumer({ group: 'g', topics: 'a' }, use)
      // It has nothing of the group while the other does all this.
      const waiting = member(kafka, all => all.pipe(tap(all.acknowledge), take(1)))
      const first = member(other, all =>
        concat(
          timer(10_000, scheduler),
          other.deleteTopics('a'),
          other.createTopics({ name: 'a', partitions: 1 }),
          other.producer().send(['x', 'y', 'z'].map(value => ({ topic: 'a', partition: 0, value }))),
          all.pipe(
            take(2),
            tap(record => all.acknowledge(record)),
          ),
        ).pipe(ignoreElements()),
      )
      return concat(
        merge(first, timer(1000, scheduler).pipe(mergeMap(() => waiting))),
        other.released.pipe(ignoreElements()),
        write([]),
      )
    })
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual(['a-0@2 z', '|'])
  })
})

describe.each(protocols)('a topic that metadata does not know for a while, %s', protocol => {
  it('gets its commits all the same', () => {
    const seen: string[] = []
    virtually({ topics, kafka: { metadataMaxAge: 3000 } }, ({ kafka, write, broker, scheduler, committed, events }) => {
      const options = { group: 'g', topics: 'a', protocol: protocol as 'classic', commit: { interval: 100_000 } }
      return concat(
        write(['a', 'b']),
        kafka.consumer(options, all => {
          const error = 'UNKNOWN_TOPIC_OR_PARTITION'
          broker.fault({ api: 'Metadata', error, times: Number.POSITIVE_INFINITY })
          return all.pipe(
            tap(record => all.acknowledge(record)),
            tap(({ value }) => seen.push(`${value}`)),
            takeUntil(timer(10_000, scheduler)),
            ignoreElements(),
          )
        }),
        defer(() => {
          expect(events.map(({ type }) => type)).toContain('topic-missing')
          expect([seen, committed('g')]).toEqual([['a', 'b'], 2n])
          return EMPTY
        }),
      )
    })
  })
})

describe('a topic that metadata does not know when it is assigned', () => {
  it('is read from where its group has got to', () => {
    const told = virtually({ topics: { a: 2 } }, ({ kafka, write, broker, scheduler }) => {
      const { bootstrap, transport } = broker
      const other = new Kafka({ bootstrap, transport, scheduler, clientId: 'other' })
      const options = (instanceId: string) => ({ group: 'g', topics: 'a', instanceId })
      const first = kafka.consumer(options('one'), all => all.pipe(take(1000), ignoreElements()))
      const second = kafka.consumer(options('two'), all => all.pipe(take(2), tap(all.acknowledge), ignoreElements()))
      const back = defer(() => {
        broker.fault({ api: 'Metadata', clientId: 'other', error: 'UNKNOWN_TOPIC_OR_PARTITION', times: 2 })
        return other.consumer({ ...options('two'), offsetReset: 'latest' }, all => all.pipe(take(1)))
      })
      const after = timer(10_000, scheduler).pipe(mergeMap(() => concat(second, back)))
      return concat(
        write(['a', 'b', 'c'], 0),
        write(['a', 'b', 'c'], 1),
        merge(first, after).pipe(take(1)),
        other.released.pipe(ignoreElements()),
      )
    })
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual([expect.stringMatching(/^a-.@2 c$/), '|'])
  })
})

describe.each(protocols)("seek('committed'), %s", protocol => {
  const options = { group: 'g', topics: 'a', protocol: protocol as 'classic' }

  it('goes on where the group has got to, without a loop', () => {
    const told = virtually({ topics }, ({ kafka, write, requests }) => {
      const fetched = requests({ api: 'Fetch' })
      return concat(
        write(['a', 'b', 'c']),
        kafka.consumer(options, all =>
          concat(
            all.pipe(take(3)),
            all.commit({ topic: 'a', partition: 0, offset: 1n }).pipe(ignoreElements()),
            defer(() => {
              all.seek('committed')
              return all.pipe(take(1))
            }),
          ),
        ),
        defer(() => {
          expect(fetched.length).toBeLessThan(10)
          return EMPTY
        }),
      )
    })
    expect(told.at(-2)).toMatch(/a-0@1 b$/)
  })

  it.each([
    ['elsewhere', { offset: 2n } as const, 'a-0@2 c'],
    ['there again', 'committed' as const, 'a-0@0 a'],
  ])('and meanwhile %s: the last one says where', (_, then, where) => {
    const told = virtually({ topics }, ({ kafka, write, broker, scheduler }) =>
      concat(
        write(['a', 'b', 'c']),
        kafka.consumer(options, all =>
          concat(
            all.pipe(take(1), ignoreElements()),
            defer(() => {
              broker.fault({ api: 'OffsetFetch', late: 100 })
              all.seek('committed')
              scheduler.schedule(() => all.seek(then), 50)
              return all.pipe(take(1))
            }),
          ),
        ),
      ),
    )
    expect(told[0]).toContain(where)
  })
})

describe('a JoinGroup whose answer is lost, and whose connection stays open', () => {
  it('is asked again on another one', () => {
    const told = virtually({ topics }, ({ kafka, write, broker }) => {
      broker.fault({ api: 'JoinGroup', lose: true })
      return concat(
        write(['a']),
        kafka.consumer({ group: 'g', topics: 'a', rebalanceTimeout: 10_000 }, all => all.pipe(take(1))),
      )
    })
    expect(told).toHaveLength(2)
    expect(Number.parseInt(told[0] as string, 10)).toBeLessThan(60_000)
  })
})

describe.each(protocols)('a commit that is refused for what it says, %s', protocol => {
  it('errors by itself, and ends no membership', () => {
    const told = virtually({ topics }, ({ kafka, write, broker, events, scheduler }) => {
      broker.fault({ api: 'OffsetCommit', error: 'OFFSET_METADATA_TOO_LARGE' })
      return concat(
        write(['a', 'b']),
        kafka.consumer({ group: 'g', topics: 'a', protocol: protocol as 'classic' }, all =>
          concat(
            all
              .commit({ topic: 'a', partition: 0, offset: 1n, metadata: 'x' })
              .pipe(catchError(({ code }) => of(String(code)))),
            all.pipe(takeUntil(timer(10_000, scheduler))),
          ),
        ),
        defer(() => events.flatMap(({ type }) => (type === 'lost' || type === 'commit-failed' ? type : []))),
      )
    })
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual([
      'OFFSET_METADATA_TOO_LARGE',
      'a-0@0 a',
      'a-0@1 b',
      'commit-failed',
      '|',
    ])
  })
})
