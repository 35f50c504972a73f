import {
  catchError,
  concat,
  concatMap,
  defer,
  distinctUntilChanged,
  EMPTY,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  Observable,
  of,
  range,
  take,
  takeUntil,
  tap,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { CompressionError } from '../../src/errors.js'
import { CreateTopics } from '../../src/protocol/messages/create-topics.js'
import { DeleteTopics } from '../../src/protocol/messages/delete-topics.js'
import { codecs } from '../../src/protocol/records/compression/compression.js'
import { zeroUuid } from '../../src/protocol/uuid.js'
import { afterwards, lives, virtually, type World } from './virtual-producer.js'

const a = (value: string | null, more: object = {}) => ({ topic: 'a', value, ...more })
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const texts = (count: number) => numbers(count).map(String)
const emit = { onError: 'emit' } as const
const types = ({ events }: World) => events.map(({ type }) => type)

const warm = ({ producer }: World) => producer.send(a('warm', { partition: 0 })).pipe(ignoreElements())

const ask = { to: 'controller', timeout: 5000 } as const

function deleteTopic({ sender: { cluster } }: World): Observable<never> {
  const body = { topics: [{ name: 'a', topicId: zeroUuid }], topicNames: ['a'], timeoutMs: 1000 }
  return cluster.request(DeleteTopics, { ...ask, body }).pipe(ignoreElements())
}

function remake(world: World, numPartitions = 1): Observable<never> {
  const topic = { name: 'a', numPartitions, replicationFactor: 1, assignments: [], configs: [] }
  const body = { topics: [topic], timeoutMs: 1000, validateOnly: false }
  return concat(deleteTopic(world), world.sender.cluster.request(CreateTopics, { ...ask, body })).pipe(ignoreElements())
}

describe('idempotence', () => {
  it('a batch that was appended and whose answer was lost is not written again', () => {
    lives({ topics: { a: 1 }, producer: { batchSize: 100 } }, world => {
      world.broker.fault({ api: 'Produce', skip: 2, cut: 'after' })
      return from(texts(40)).pipe(
        world.producer.produce(value => a(value)),
        afterwards(() => expect(world.log()).toEqual(texts(40))),
      )
    })
  })

  it('records that the cluster lost are told, and the rest goes under a new epoch', () => {
    lives({ topics: { a: 1 } }, world => {
      const { producer, broker, events } = world
      return concat(
        warm(world),
        defer(() => {
          broker.fault({ api: 'Produce', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
          return producer.send(a('x'))
        }),
      ).pipe(
        afterwards(() => {
          expect(events.filter(({ type }) => type === 'data-lost')).toMatchObject([
            { topic: 'a', partition: 0, from: 1n },
          ])
          expect(events.filter(({ type }) => type === 'epoch-bumped')).toMatchObject([{ epoch: 1 }])
        }),
      )
    })
  })

  it('one that is fenced goes on under a new id', () => {
    lives({ topics: { a: 1 } }, world => {
      world.broker.fault({ api: 'Produce', skip: 1, error: 'INVALID_PRODUCER_EPOCH' })
      return concat(warm(world), world.producer.send(a('x'))).pipe(
        afterwards(() => {
          expect(types(world)).toContain('producer-fenced')
          expect(world.log()).toEqual(['warm', 'x'])
        }),
      )
    })
  })

  it('an outcome that stays unknown is told at the deadline, and the partition goes on under a new epoch', () => {
    const told = lives({ topics: { a: 1 }, producer: { deliveryTimeout: 1000 } }, world => {
      const { producer, broker } = world
      return concat(
        warm(world),
        defer(() => {
          broker.fault({ api: 'Produce', lose: true })
          return producer.send([a('x')], emit)
        }),
        producer.send([a('y')], emit),
        timer(60_000, world.scheduler).pipe(ignoreElements()),
        producer.send(a('z')),
      ).pipe(afterwards(() => expect(world.log().filter(value => value === 'z')).toEqual(['z'])))
    })
    expect(told[0]).toMatch(/^1000: \[unknown: a-0: not acknowledged within 1000 ms/)
  })

  it('a topic that was deleted and made anew gets records under a new epoch', () => {
    lives({ topics: { a: 1 } }, world =>
      concat(warm(world), remake(world), world.producer.send(a('x')), world.producer.send(a('y'))).pipe(
        afterwards(() => {
          expect(world.log()).toEqual(['x', 'y'])
          expect(types(world)).toContain('epoch-bumped')
        }),
      ),
    )
  })

  it('what waits for a partition that the new topic does not have fails', () => {
    const told = lives({ topics: { a: 3 }, producer: { linger: 1000 } }, world =>
      concat(
        warm(world),
        merge(
          world.producer.send([a('x', { partition: 2 }), a('y', { partition: 0 })], emit),
          defer(() => remake(world)),
        ),
      ),
    )
    expect(told[0]).toMatch(/unsent|unknown/)
    expect(told[0]).toContain('a-0@')
  })

  it('without the right to an id the error says what to do, at once', () => {
    const told = virtually({ topics: { a: 1 } }, world => {
      world.broker.fault({ api: 'InitProducerId', error: 'CLUSTER_AUTHORIZATION_FAILED' })
      return world.producer.send(a('x'))
    })
    expect(told.length).toBe(1)
    expect(told[0]).toMatch(
      /^0: unsent: a: .*`idempotent: false`.*CLUSTER_AUTHORIZATION_FAILED.*\(the record was not sent\)$/,
    )
  })

  it('an id that cannot be had yet is asked for again', () => {
    const told = lives({ topics: { a: 1 } }, world => {
      world.broker.fault({ api: 'InitProducerId', error: 'COORDINATOR_LOAD_IN_PROGRESS', times: 3 })
      return world.producer.send(a('x'))
    })
    expect(told[0]).toMatch(/: a-0@0$/)
  })
})

describe('memory', () => {
  const full = { topics: { a: 1 }, producer: { bufferMemory: 1000, linger: 10 } }

  it('that is full is a BacklogError, unsent, that names what to use instead', () => {
    const told = lives(full, ({ producer }) =>
      merge(producer.send([a('x'.repeat(900))], emit), producer.send([a('y'.repeat(900))], emit), timer(0)).pipe(
        take(2),
      ),
    )
    expect(told[0]).toMatch(/^0: \[unsent: a: .*bufferMemory \(1000\).*produceFrom.*pullMap/)
    expect(told[1]).toBe('10: [a-0@0]')
  })

  it("overflow 'drop' drops the newest, and tells how many", () => {
    lives(full, world =>
      range(0, 5).pipe(
        world.producer.produce(n => a(`${n}`.repeat(600)), { overflow: 'drop' }),
        toArray(),
        afterwards(() => {
          expect(world.events.filter(({ type }) => type === 'dropped')).toEqual([
            { type: 'dropped', reason: 'overflow', topic: 'a', count: 4 },
          ])
          expect(world.log().map(value => value[0])).toEqual(['0'])
        }),
      ),
    )
  })

  it('produceFrom pulls only with room, and loses nothing where a record is larger than what is left', () => {
    let pulled = 0
    let most = 0
    lives({ topics: { a: 1 }, producer: { bufferMemory: 1000 } }, world => {
      function* items() {
        for (; pulled < 200; pulled++) yield 'x'.repeat(300)
      }
      return world.producer
        .produceFrom(items(), value => a(value))
        .pipe(
          tap(() => {
            most = Math.max(most, pulled - world.log().length)
          }),
          toArray(),
          afterwards(() => {
            expect(world.log().length).toBe(200)
            expect(most).toBeLessThan(10)
          }),
        )
    })
  })

  it('is given back when a batch is split, expires, is refused or its topic vanishes', () => {
    // `virtually` looks that none is left.
    lives({ topics: { a: 1 } }, world => {
      world.broker.fault({ api: 'Produce', error: 'MESSAGE_TOO_LARGE', times: 4 })
      return from(texts(30)).pipe(
        world.producer.produce(value => a(value)),
        toArray(),
      )
    })
    for (const fault of [
      { api: 'Produce', lose: true },
      { api: 'Produce', error: 'POLICY_VIOLATION' },
      { api: 'Metadata', delay: 5000 },
      { api: ['Metadata', 'Produce'], error: 'UNKNOWN_TOPIC_OR_PARTITION', times: Number.POSITIVE_INFINITY },
    ] as const) {
      lives({ topics: { a: 1 }, producer: { deliveryTimeout: 1000 } }, world => {
        world.broker.fault(fault)
        return from(texts(30)).pipe(
          world.producer.produce(value => a(value), emit),
          toArray(),
        )
      })
    }
  })
})

describe('too large', () => {
  it('for maxRequestSize: at once, headers included', () => {
    const producer = { maxRequestSize: 1000 }
    const headers = { h: 'x'.repeat(1000) }
    for (const record of [a('x'.repeat(1000)), a('é'.repeat(500)), a('', { headers })]) {
      const told = virtually({ topics: { a: 1 }, producer }, world => world.producer.send(record))
      expect(told[0]).toMatch(/^0: unsent: a: the record has \d+ bytes, more than maxRequestSize \(1000\)/)
    }
  })

  it('for the broker: split until it fits, in order', () => {
    const topics = { a: { partitions: 1, config: { 'max.message.bytes': '300' } } }
    lives({ topics }, world =>
      from(texts(100)).pipe(
        world.producer.produce(value => a(value)),
        toArray(),
        afterwards(() => {
          expect(world.log()).toEqual(texts(100))
          expect(Math.max(...world.batches())).toBeLessThan(30)
        }),
      ),
    )
  })

  it('and a single record: rejected, and those around it go', () => {
    const topics = { a: { partitions: 1, config: { 'max.message.bytes': '300' } } }
    const told = lives({ topics }, world =>
      from(['x', 'y'.repeat(500), 'z']).pipe(
        world.producer.produce(value => a(value), emit),
        afterwards(() => expect(world.log()).toEqual(['x', 'z'])),
      ),
    )
    expect(told.filter(line => /rejected: a-0: .*MESSAGE_TOO_LARGE/.test(line)).length).toBe(1)
  })
})

describe('a batch that fails', () => {
  it('by some of its records: those are rejected, the others go again (KIP-467)', () => {
    // A compacted topic takes no record without a key.
    const topics = { a: { partitions: 1, config: { 'cleanup.policy': 'compact' } } }
    const told = lives({ topics }, world =>
      from(texts(9)).pipe(
        world.producer.produce(value => a(value, { key: Number(value) % 4 === 1 ? null : value }), emit),
        afterwards(() => expect(world.log()).toEqual(['0', '2', '3', '4', '6', '7', '8'])),
      ),
    )
    const rejected = told.filter(line => /rejected: a-0: .*INVALID_RECORD.*this record/.test(line))
    expect(rejected.length).toBe(2)
  })

  it('for good: those behind it in its partition are told one by one', () => {
    const told = lives({ topics: { a: 1 }, producer: { batchSize: 80 } }, world => {
      world.broker.fault({ api: 'Produce', skip: 1, error: 'POLICY_VIOLATION' })
      return concat(
        warm(world),
        from(texts(20)).pipe(
          world.producer.produce(value => a(value), emit),
          afterwards(() => {
            const logged = world.log().slice(1)
            expect(logged.length).toBeGreaterThan(10)
            expect(logged).toEqual(texts(20).slice(20 - logged.length))
          }),
        ),
      )
    })
    expect(told.length).toBe(21)
  })
})

describe('a source', () => {
  it('that completes: what lingers is flushed, delivered, and then it completes', () => {
    expect(
      lives({ topics: { a: 1 }, producer: { linger: 10_000 } }, ({ producer }) =>
        of('x', 'y').pipe(producer.produce(value => a(value))),
      ),
    ).toEqual(['0: a-0@0', '0: a-0@1', '0: |'])
  })

  it.each([new Error('why'), undefined])('that errors with %s: what was taken is delivered first', error => {
    const told = virtually({ topics: { a: 1 }, producer: { linger: 10_000 } }, ({ producer }) =>
      concat(
        of('x'),
        defer(() => {
          throw error
        }),
      ).pipe(
        producer.produce(value => a(value)),
        catchError(failure => of({ failure: String(failure) })),
      ),
    )
    expect(told).toEqual(['0: a-0@0', `0: {"failure":"${error}"}`, '0: |'])
  })

  it('is left when the stream is unsubscribed or fails', () => {
    let emitted = 0
    let left = 0
    const source = (world: World) =>
      timer(0, 10, world.scheduler).pipe(tap({ next: () => emitted++, finalize: () => left++ }))
    lives({ topics: { a: 1 } }, world =>
      source(world).pipe(
        world.producer.produce(n => a(String(n))),
        take(3),
      ),
    )
    expect([emitted, left]).toEqual([3, 1])
    virtually({ topics: { a: 1 } }, world => source(world).pipe(world.producer.produce(() => a('x', { partition: 9 }))))
    expect([emitted, left]).toEqual([4, 2])
    // Also one that is synchronous and without end.
    lives({ topics: { a: 1 } }, world =>
      range(0, Number.POSITIVE_INFINITY).pipe(
        world.producer.produce(() => a('x', { partition: -1 }), emit),
        take(3),
      ),
    )
  })
})

describe('unsubscribed', () => {
  it('before a connection was handed it: withdrawn without a trace, and told', () => {
    lives({ topics: { a: 1 }, producer: { linger: 100 } }, world => {
      const { producer, scheduler, events, log } = world
      return merge(
        producer.send(a('x')),
        producer.send(a('y')).pipe(takeUntil(timer(50, scheduler))),
        producer.send(a('z')),
        timer(60, scheduler).pipe(ignoreElements()),
      ).pipe(
        afterwards(() => {
          expect(log()).toEqual(['x', 'z'])
          expect(events.filter(({ type }) => type === 'dropped')).toEqual([
            { type: 'dropped', reason: 'unsubscribed', topic: 'a', count: 1 },
          ])
        }),
      )
    })
  })

  it('all of it: nothing is sent, and everything let go at once', () => {
    lives({ topics: { a: 1 }, producer: { linger: 100_000 } }, world => {
      const came = world.requests({ api: 'Produce' })
      return concat(
        merge(
          world.producer.send(a('x')),
          world.producer
            .produce(() => a('y'))(of(1, 2, 3))
            .pipe(ignoreElements()),
        ).pipe(takeUntil(timer(0, world.scheduler))),
        world.producer.send(a('x')).pipe(takeUntil(timer(50, world.scheduler))),
        world.producer.flush(),
        defer(() => {
          expect(world.scheduler.now()).toBeLessThan(100)
          return EMPTY
        }),
      ).pipe(afterwards(() => expect(came.length).toBeLessThan(2)))
    })
  })

  it('when a connection has it: resolved in the background, and `released` waits for that', () => {
    let end = 0
    lives({ topics: { a: 1 } }, world => {
      world.broker.fault({ api: 'Produce', error: 'NOT_ENOUGH_REPLICAS', times: 3 })
      return concat(
        world.producer.send(a('x')).pipe(takeUntil(timer(50, world.scheduler))),
        world.sender.cluster.released.pipe(ignoreElements()),
        defer(() => {
          end = world.scheduler.now()
          expect(world.log()).toEqual(['x'])
          return EMPTY
        }),
      )
    })
    expect(end).toBeGreaterThan(600)
  })

  it('and never answered: bounded by deliveryTimeout all the same', () => {
    let end = 0
    lives({ topics: { a: 1 }, producer: { deliveryTimeout: 3000 } }, world => {
      world.broker.fault({ api: 'Produce', error: 'NOT_ENOUGH_REPLICAS', times: Number.POSITIVE_INFINITY })
      return concat(
        world.producer.send(a('x')).pipe(takeUntil(timer(50, world.scheduler))),
        world.sender.cluster.released.pipe(ignoreElements()),
        defer(() => {
          end = world.scheduler.now()
          return EMPTY
        }),
      )
    })
    expect(end).toBeGreaterThan(2000)
    expect(end).toBeLessThan(4000)
  })

  it('a serializer that never ends is left, and those behind it go', () => {
    let left = 0
    const value = (text: string) => (text === 'never' ? new Observable(() => () => left++) : text)
    lives({ topics: { a: 1 }, producer: { value } as never }, world =>
      merge(
        world.producer.send(a('never')).pipe(takeUntil(timer(50, world.scheduler))),
        world.producer.send(a('x')),
      ).pipe(afterwards(() => expect([left, world.log()]).toEqual([1, ['x']]))),
    )
    lives({ topics: { a: 1 }, producer: { value, deliveryTimeout: 1000 } as never }, world =>
      merge(
        world.producer.send([a('never')], emit),
        timer(500, world.scheduler).pipe(concatMap(() => world.producer.send(a('x')))),
      ).pipe(afterwards(() => expect([left, world.log()]).toEqual([2, ['x']]))),
    )
  })
})

describe('topics', () => {
  it('that are missing are created if the broker does so', () => {
    const told = lives({}, ({ producer }) => producer.send(a('x')))
    expect(told[0]).toMatch(/: a-0@0$/)
  })

  it('or else asked for ten seconds, then unsent with Kafka’s word; again when sent again', () => {
    const told = lives({ producer: { autoCreateTopics: false } }, ({ producer }) =>
      concat(producer.send([a('x')], emit), producer.send([a('y')], emit)),
    )
    expect(told.length).toBe(3)
    expect(told[0]).toMatch(/^1\d{4}: \[unsent: a: .*UNKNOWN_TOPIC_OR_PARTITION/)
    expect(told[1]).toMatch(/^1\d{4}: \[unsent: a: .*UNKNOWN_TOPIC_OR_PARTITION/)
  })

  it('with a name that cannot be are told at once', () => {
    const told = virtually({}, ({ producer }) => producer.send({ topic: 'no such thing!', value: 'x' }))
    expect(told[0]).toMatch(/^0: unsent: no such thing!: .*INVALID_TOPIC_EXCEPTION/)
  })
})

describe('flush', () => {
  it('sends what lingers, and emits once when that is resolved', () => {
    const told = lives({ topics: { a: 1 }, producer: { linger: 10_000 } }, ({ producer, scheduler }) =>
      merge(
        producer.send(a('x')),
        timer(10, scheduler).pipe(
          concatMap(() => producer.flush()),
          map(() => 'flushed'),
        ),
      ),
    )
    expect(told).toEqual(['10: a-0@0', '10: flushed', '10: |'])
  })

  it('waits for nothing that comes later, nor where there is nothing', () => {
    const told = lives({ topics: { a: 1 }, producer: { linger: 100 } }, ({ producer }) =>
      concat(
        producer.flush().pipe(map(() => 'nothing')),
        merge(producer.flush().pipe(map(() => 'still nothing')), producer.send(a('x'))),
      ),
    )
    expect(told).toEqual(['0: nothing', '0: still nothing', '100: a-0@0', '100: |'])
  })

  it('does not fail with what it waits for', () => {
    const told = lives({ topics: { a: 1 } }, ({ producer, broker }) => {
      broker.fault({ api: 'Produce', error: 'POLICY_VIOLATION' })
      return merge(producer.send([a('x')], emit), producer.flush().pipe(map(() => 'flushed')))
    })
    expect(told.map(line => line.slice(0, 12))).toEqual(['0: [rejected', '0: flushed', '0: |'])
  })
})

describe('traps', () => {
  it('one dead leader does not stall the partitions of others', () => {
    const told = lives({ brokers: 3, topics: { a: { partitions: 3, replicationFactor: 1 } } }, world => {
      const { producer, broker, scheduler } = world
      return concat(
        warm(world),
        defer(() => {
          broker.fault({ nodeId: 2, delay: Number.POSITIVE_INFINITY, times: Number.POSITIVE_INFINITY })
          const dead = broker.partitions.find(one => one.topic === 'a' && one.leader === 2)?.partition as number
          const alive = [0, 1, 2].filter(partition => partition !== dead)
          return merge(
            producer.send(a('dead', { partition: dead })),
            timer(0, 10, scheduler).pipe(
              take(100),
              mergeMap(n => producer.send(a('x', { partition: alive[n % 2] }))),
            ),
          ).pipe(
            take(100),
            toArray(),
            map(({ length }) => length),
          )
        }),
      )
    })
    expect(told[0]).toBe('990: 100')
  })

  it('metadata is asked for once, not for each record, stale or not', () => {
    lives({ topics: { a: 1 } }, world => {
      const came = world.requests({ api: 'Metadata' })
      world.broker.fault({ api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER', skip: 50 })
      return from(texts(100)).pipe(
        concatMap(value => world.producer.send(a(value))),
        afterwards(() => expect(came.length).toBeLessThan(4)),
      )
    })
  })

  it('nor for each record while a partition has no leader', () => {
    lives({ brokers: 2, topics: { a: { partitions: 1, replicationFactor: 1 } } }, world => {
      const { broker, producer, scheduler } = world
      const leader = broker.partitions[0]?.leader as number
      return concat(
        warm(world),
        defer(() => {
          broker.stop(leader)
          world.at(scheduler.now() + 3000, () => broker.start(leader))
          const came = world.requests({ api: 'Metadata' })
          return timer(0, 1, scheduler).pipe(
            take(2000),
            producer.produce(n => a(String(n))),
            ignoreElements(),
            afterwards(() => {
              expect(world.log().length).toBe(2001)
              expect(came.length).toBeLessThan(80)
            }),
          )
        }),
      )
    })
  })

  it('the cause of a timeout names the servers that could not be reached', () => {
    const told = virtually({ topics: { a: 1 }, producer: { deliveryTimeout: 1000 } }, world => {
      world.broker.stop(1)
      return world.producer.send(a('x'))
    })
    expect(told[0]).toMatch(
      /not acknowledged within 1000 ms \(deliveryTimeout\); last: cannot reach .*127\.0\.0\.1:9092/,
    )
  })

  it('the cause of a timeout is what failed lately, not long ago', () => {
    const told = virtually({ topics: { a: 1 }, producer: { deliveryTimeout: 1000 } }, world => {
      world.broker.fault({ api: 'Produce', error: 'NOT_ENOUGH_REPLICAS' })
      return concat(
        world.producer.send(a('x')),
        defer(() => {
          world.broker.fault({ api: 'Produce', delay: 5000 })
          return world.producer.send(a('y'))
        }),
      )
    })
    expect(told[1]).toMatch(/not acknowledged within 1000 ms \(deliveryTimeout\) \(the record may have been written\)$/)
  })

  it('a codec that is not there fails what is compressed, however much that is, and the partition goes on', () => {
    const producer = { compression: 'gzip', batchSize: 60 } as const
    const told = lives({ topics: { a: 1 }, producer }, world => {
      const compress = vi.spyOn(codecs.gzip, 'compress').mockImplementation(() => {
        throw new CompressionError('gzip is not here', { codec: 'gzip' })
      })
      return concat(
        from(texts(20_000)).pipe(
          world.producer.produce(value => a(value), emit),
          map(({ error }) => `${error?.outcome} ${error?.cause}`),
          distinctUntilChanged(),
          afterwards(() => compress.mockRestore()),
        ),
        world.producer.send(a('x')),
      )
    })
    expect(told.map(line => line.replace(/^\d+: /, ''))).toEqual([
      'unsent CompressionError: gzip is not here',
      'a-0@0',
      '|',
    ])
  })

  it('an answer that comes after its batch has expired tells nothing, and the next one goes', () => {
    const told = lives({ topics: { a: 1 }, producer: { deliveryTimeout: 1000 } }, world =>
      concat(
        warm(world),
        defer(() => {
          world.broker.fault({ api: 'Produce', late: 1500 })
          return merge(
            world.producer.send([a('x')], emit),
            timer(1200, world.scheduler).pipe(concatMap(() => world.producer.send(a('y')))),
          )
        }),
      ).pipe(afterwards(() => expect(world.log()).toEqual(['warm', 'x', 'y']))),
    )
    expect(told.map(line => line.slice(0, 20))).toEqual(['1000: [unknown: a-0:', '1500: a-0@2', '1500: |'])
  })

  it('an outage of all brokers is ridden out, without a hot loop', () => {
    lives({ brokers: 2, topics: { a: 1 } }, world => {
      const { broker, events } = world
      return concat(
        warm(world),
        defer(() => {
          for (const { nodeId } of broker.brokers) broker.stop(nodeId)
          world.at(60_000, () => {
            for (const { nodeId } of broker.brokers) broker.start(nodeId)
          })
          return world.producer.send(a('x'))
        }),
      ).pipe(
        afterwards(() => {
          expect(world.log()).toEqual(['warm', 'x'])
          expect(events.length).toBeLessThan(500)
        }),
      )
    })
  })

  it('a topic that is gone for good is told in ten seconds, and its memory given back', () => {
    const told = lives({ topics: { a: 1 }, producer: { autoCreateTopics: false } }, world =>
      concat(warm(world), deleteTopic(world), from(texts(3)).pipe(world.producer.produce(value => a(value), emit))),
    )
    expect(told.length).toBe(4)
    expect(told[0]).toMatch(/^1\d{4}: \w+: a-0: .*UNKNOWN_TOPIC_OR_PARTITION/)
  })
})
