import {
  concat,
  concatMap,
  defer,
  EMPTY,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  range,
  Subject,
  take,
  tap,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { afterwards, lives, virtually, type World } from './virtual-producer.js'

const a = (value: string | null, more: object = {}) => ({ topic: 'a', value, ...more })
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)

/** After one record, so that connection, metadata and id are there. */
const warm = ({ producer }: World) => producer.send(a('warm', { partition: 0 })).pipe(ignoreElements())

describe('batching', () => {
  it('sends the records of one turn together', () => {
    lives({ topics: { a: 1 } }, world => {
      const { producer, batches } = world
      return concat(
        warm(world),
        range(0, 100).pipe(
          mergeMap(n => producer.send(a(String(n)))),
          ignoreElements(),
        ),
        defer(() => {
          expect(batches()).toEqual([1, 100])
          return EMPTY
        }),
      )
    })
  })

  it('sends full batches at once up to maxInFlight, and one that is not full while fewer than two are unanswered', () => {
    lives({ topics: { a: 3 }, producer: { batchSize: 100, maxInFlight: 4, acks: 1 } }, world => {
      const { producer, requests, broker, scheduler } = world
      return concat(
        warm(world),
        defer(() => {
          // Each answer takes 100 ms, one after another: what is sent at once is seen from when it is read.
          const came = requests({ api: 'Produce' })
          broker.fault({ api: 'Produce', late: 100, times: Number.POSITIVE_INFINITY })
          const begin = scheduler.now()
          const small = (partition: number) => producer.send(a('x', { partition }))
          return concat(
            merge(
              small(0),
              timer(10, scheduler).pipe(concatMap(() => small(1))),
              timer(20, scheduler).pipe(concatMap(() => small(2))),
            ),
            defer(() => {
              expect(came.map(time => time - begin)).toEqual([0, 100, 200])
              return EMPTY
            }),
          )
        }),
      )
    })
  })

  it('does not wait to send what is not full while fewer than two requests are unanswered', () => {
    const told = virtually({ topics: { a: 1 } }, world =>
      concat(
        warm(world),
        defer(() => {
          world.broker.fault({ api: 'Produce', late: 100, times: Number.POSITIVE_INFINITY })
          const { producer, scheduler } = world
          return merge(
            producer.send(a('x')),
            timer(10, scheduler).pipe(
              mergeMap(() => range(0, 50)),
              mergeMap(n => producer.send(a(`y${n}`))),
            ),
          ).pipe(
            afterwards(() => expect(world.batches()).toEqual([1, 1, 50])),
            toArray(),
            map(all => all.length),
          )
        }),
      ),
    )
    expect(told[0]).toMatch(/^2\d\d: 51$/)
  })

  it('lingers for more, and not for what has filled a batch and spilt', () => {
    lives({ topics: { a: 1 }, producer: { linger: 1000, batchSize: 200 } }, world => {
      const { producer, scheduler, batches } = world
      const value = 'x'.repeat(60)
      const sent = (count: number) => range(0, count).pipe(mergeMap(() => producer.send(a(value))))
      return concat(
        merge(sent(1), timer(500, scheduler).pipe(mergeMap(() => sent(1)))).pipe(ignoreElements()),
        defer(() => {
          expect(scheduler.now()).toBe(1000)
          expect(batches()).toEqual([2])
          return EMPTY
        }),
        sent(3).pipe(ignoreElements()),
        defer(() => {
          expect(scheduler.now()).toBe(2000)
          expect(batches()).toEqual([2, 2, 1])
          return EMPTY
        }),
      )
    })
  })

  it('sends a full batch of a lingering producer at once', () => {
    lives({ topics: { a: 1 }, producer: { linger: 1000, batchSize: 200 } }, world => {
      const came = world.requests({ api: 'Produce' })
      return concat(
        range(0, 5).pipe(
          mergeMap(() => world.producer.send(a('x'.repeat(60)))),
          ignoreElements(),
        ),
        defer(() => {
          expect(came).toEqual([0, 0, 1000])
          return EMPTY
        }),
      )
    })
  })
})

describe('order', () => {
  it('is that of subscription per partition, also when a serializer takes its time', () => {
    const delays = [30, 0, 20, 10, 0]
    lives(
      {
        topics: { a: 1 },
        producer: {
          value: (value: string) =>
            delays[Number(value)] ? timer(delays[Number(value)] as number, scheduler).pipe(map(() => value)) : value,
        } as never,
      },
      world => {
        scheduler = world.scheduler
        return from(delays.keys()).pipe(
          mergeMap(n => world.producer.send(a(String(n)))),
          afterwards(() => expect(world.log()).toEqual(['0', '1', '2', '3', '4'])),
        )
      },
    )
  })
  let scheduler: World['scheduler']

  it('survives retries with many batches under way', () => {
    lives({ topics: { a: 1 }, producer: { batchSize: 80 } }, world => {
      const { producer, broker, log } = world
      broker.fault({ api: 'Produce', skip: 3, error: 'NOT_ENOUGH_REPLICAS', times: 3 })
      broker.fault({ api: 'Produce', skip: 9, errorAfter: 'REQUEST_TIMED_OUT' })
      return from(numbers(100)).pipe(
        producer.produce(n => a(String(n))),
        afterwards(() => expect(log()).toEqual(numbers(100).map(String))),
      )
    })
  })

  it('has one request in flight a partition without idempotence', () => {
    lives({ topics: { a: 1 }, producer: { batchSize: 80, idempotent: false } }, world => {
      const { producer, broker, log } = world
      broker.fault({ api: 'Produce', skip: 3, error: 'NOT_ENOUGH_REPLICAS', times: 3 })
      return from(numbers(100)).pipe(
        producer.produce(n => a(String(n))),
        afterwards(() => expect(log()).toEqual(numbers(100).map(String))),
      )
    })
  })

  it('never sends what was written with acks 0 again', () => {
    lives({ topics: { a: 1 }, producer: { acks: 0 } }, world => {
      const { producer, broker, requests } = world
      const came = requests({ api: 'Produce' })
      broker.fault({ api: 'Produce', error: 'NOT_LEADER_OR_FOLLOWER', times: Number.POSITIVE_INFINITY })
      return concat(
        producer.send([a('x')], { onError: 'emit' }),
        timer(5000, world.scheduler).pipe(ignoreElements()),
        defer(() => {
          expect(came.length).toBe(1)
          return EMPTY
        }),
      )
    })
  })
})

describe('partition', () => {
  it('is the one that the record says', () => {
    expect(lives({ topics: { a: 5 } }, ({ producer }) => producer.send(a('x', { key: 'k', partition: 3 })))).toEqual([
      '0: a-3@0',
      '0: |',
    ])
  })

  it('is the one that the partitioner says, which is given the key and how many there are', () => {
    const seen: unknown[] = []
    const partitioner = (record: { value: unknown }, key: Buffer | null, partitions: number) => {
      seen.push([record.value, key === null ? null : String(key), partitions])
      return record.value === 'mine' ? 4 : undefined
    }
    const told = virtually({ topics: { a: 5 }, producer: { partitioner } }, ({ producer }) =>
      producer.send([a('mine', { key: 'k' }), a('yours', { key: 'kafka' })]),
    )
    expect(seen).toEqual([
      ['mine', 'k', 5],
      ['yours', 'kafka', 5],
    ])
    expect(told[0]).toMatch(/^0: \[a-4@0, a-\d@0\]$/)
  })

  it('is that of murmur2 as Java has it', () => {
    // Utils.toPositive(Utils.murmur2(key)) % 100 in Java.
    const keys = { '21': 65, foobar: 3, 'a-little-bit-long-string': 8 }
    const java = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 }
    const told = virtually({ topics: { a: 100 } }, ({ producer }) =>
      producer
        .send(Object.keys(keys).map(key => a('x', { key })))
        .pipe(map(list => list.map(({ partition }) => partition))),
    )
    expect(told[0]).toBe(
      `0: [${Object.keys(keys)
        .map(key => ((java as never)[key] & 0x7fffffff) % 100)
        .join(', ')}]`,
    )
  })

  it('that is not there is refused, unsent', () => {
    const told = virtually({ topics: { a: 2 } }, ({ producer }) => producer.send(a('x', { partition: 2 })))
    expect(told).toEqual(['0: unsent: a-2: a has the partitions 0 to 1, not 2 (the record was not sent)'])
    for (const wrong of [-1, 7, 0.5, Number.NaN]) {
      const partitioner = () => wrong
      const said = virtually({ topics: { a: 2 }, producer: { partitioner } }, ({ producer }) => producer.send(a('x')))
      expect(said[0]).toContain(`a has the partitions 0 to 1, not ${wrong}`)
    }
  })

  it('is without a key one for as long as it takes to fill a batch, then another', () => {
    lives(
      {
        topics: { a: 3 },
        producer: { batchSize: 1000 },
        kafka: { random: size => Buffer.alloc(size, Math.trunc(seed++)) },
      },
      world => {
        const { producer, log } = world
        return from(numbers(600)).pipe(
          producer.produce(n => a(String(n).padStart(50, '0'))),
          afterwards(() => {
            const counts = [0, 1, 2].map(partition => log(partition).length)
            expect(counts.every(count => count > 50)).toBe(true)
            // Runs, not a record here and one there.
            expect(Math.max(...log(0).slice(0, 10).map(Number)) - Number(log(0)[0])).toBeLessThan(30)
          }),
        )
      },
    )
  })
  let seed = 1

  it('without a key is none that has no leader', () => {
    const told = virtually({ brokers: 2, topics: { a: { partitions: 2, replicationFactor: 1 } } }, world => {
      world.broker.stop(1)
      return timer(100, world.scheduler).pipe(
        concatMap(() => range(0, 10)),
        world.producer.produce(n => a(String(n))),
        map(({ partition }) => partition),
        toArray(),
        map(all => new Set(all).size),
      )
    })
    expect(told[0]).toMatch(/^\d+: 1$/)
  })
})

describe('values', () => {
  it('are written as they are, strings as UTF-8, null as a tombstone, headers by name or in a list', () => {
    const records = [
      a('žluťoučký 🐎', { key: 'ключ', headers: { one: '1', many: ['a', null], none: undefined } }),
      a(null, { key: Buffer.from([0, 255]), headers: [{ key: 'x', value: Buffer.from('y') }] }),
      a('', { key: '', timestamp: new Date(12345) }),
    ]
    lives({ topics: { a: 1 } }, ({ producer, broker }) =>
      producer.send(records).pipe(
        afterwards(() => {
          const log = broker.records('a', 0).map(({ key, value, headers, timestamp }) => ({
            key: key && Buffer.from(key).toString('hex'),
            value: value && String(value),
            headers: headers.map(header => [header.key, header.value && String(header.value)]),
            timestamp,
          }))
          expect(log).toMatchObject([
            {
              key: Buffer.from('ключ').toString('hex'),
              value: 'žluťoučký 🐎',
              headers: [
                ['one', '1'],
                ['many', 'a'],
                ['many', null],
              ],
            },
            { key: '00ff', value: null, headers: [['x', 'y']] },
            { key: '', value: '', headers: [], timestamp: 12345n },
          ])
        }),
      ),
    )
  })

  it('serializers are never called with null, and are told where they are', () => {
    const seen: unknown[] = []
    const value = (given: object, context: { topic: string; field: string }) => {
      seen.push([given, context.topic, context.field])
      return JSON.stringify(given)
    }
    lives({ topics: { a: 1 }, producer: { value } as never }, ({ producer, log }) =>
      producer.send([a(null), a({ x: 1 } as never)]).pipe(afterwards(() => expect(log()).toEqual(['null', '{"x":1}']))),
    )
    expect(seen).toEqual([[{ x: 1 }, 'a', 'value']])
  })

  it('that cannot be written fail alone, unsent', () => {
    const records = [a(5 as never), a('x', { timestamp: new Date(Number.NaN) }), a('ok'), a('x', { headers: { h: 5 } })]
    const told = virtually({ topics: { a: 1 } }, ({ producer }) =>
      from(records).pipe(producer.produce(record => record, { onError: 'emit' })),
    )
    expect(told.filter(line => line.includes('unsent')).length).toBe(3)
    expect(told.some(line => line.includes('a-0@0'))).toBe(true)
  })
})

describe('each record ends once', () => {
  it('within deliveryTimeout, linger and retries included, alone where no connection was handed it', () => {
    const told = virtually(
      { topics: { a: 1 }, producer: { deliveryTimeout: 1000 } },
      ({ producer, broker, scheduler }) => {
        broker.fault({ api: 'Metadata', delay: 5000 })
        const send = (value: string) => producer.send([a(value)], { onError: 'emit' })
        return merge(send('x'), timer(400, scheduler).pipe(concatMap(() => send('y'))))
      },
    )
    expect(told.map(line => line.slice(0, 60))).toEqual([
      expect.stringMatching(/^1000: \[unsent: a: not acknowledged within 1000 ms/),
      expect.stringMatching(/^1400: \[unsent: a: not acknowledged within 1000 ms/),
      '1400: |',
    ])
  })

  it('of a batch that waits for room, each at its own time, and the others go', () => {
    const told = virtually({ topics: { a: 1 }, producer: { deliveryTimeout: 1000, maxInFlight: 1 } }, world => {
      const { producer, broker, scheduler, log } = world
      const send = (value: string) => producer.send([a(value)], { onError: 'emit' })
      return concat(
        warm(world),
        defer(() => {
          broker.fault({ api: 'Produce', late: 1200 })
          return merge(
            producer.send([a('first')], { onError: 'emit' }),
            timer(100, scheduler).pipe(concatMap(() => send('x'))),
            timer(500, scheduler).pipe(concatMap(() => send('y'))),
          )
        }),
        defer(() => {
          expect(log()).toEqual(['warm', 'first', 'y'])
          return EMPTY
        }),
      )
    })
    expect(told.map(line => line.slice(0, 40))).toEqual([
      expect.stringMatching(/^1000: \[unknown: a-0: not ack/),
      expect.stringMatching(/^1100: \[unsent: a-0: not ack/),
      '1200: [a-0@2]',
      '1200: |',
    ])
  })

  it('acks 0: once written, offset -1', () => {
    expect(virtually({ topics: { a: 1 }, producer: { acks: 0 } }, ({ producer }) => producer.send(a('x')))).toEqual([
      '0: a-0@-1',
      '0: |',
    ])
  })

  it('acks 1: once the leader has it', () => {
    expect(virtually({ topics: { a: 1 }, producer: { acks: 1 } }, ({ producer }) => producer.send(a('x')))).toEqual([
      '0: a-0@0',
      '0: |',
    ])
  })

  it("onError 'emit': the error is a value, and the rest goes on", () => {
    const told = virtually({ topics: { a: 1 } }, ({ producer, broker }) => {
      broker.fault({ api: 'Produce', error: 'TOPIC_AUTHORIZATION_FAILED' })
      const values = new Subject<string>()
      return merge(
        values.pipe(
          producer.produce(value => a(value), { onError: 'emit' }),
          tap(() => values.next('two')),
          take(2),
        ),
        defer(() => {
          values.next('one')
          return EMPTY
        }),
      )
    })
    expect(told[0]).toMatch(/^0: rejected: a-0: .*TOPIC_AUTHORIZATION_FAILED.*\(the record was not written\)$/)
    expect(told[1]).toBe('0: a-0@0')
  })

  it('an error names topic, partition, broker, Kafka’s word and the input', () => {
    virtually({ topics: { a: 2 } }, ({ producer, broker }) => {
      broker.fault({ api: 'Produce', error: 'INVALID_RECORD' })
      const record = a('x', { partition: 1 })
      return producer.send(record).pipe(
        tap({
          error: error => {
            expect(error).toMatchObject({
              topic: 'a',
              partition: 1,
              input: record,
              outcome: 'rejected',
              retriable: false,
            })
            expect(error.cause).toMatchObject({ code: 'INVALID_RECORD' })
            expect(error.message).toMatch(/^a-1: Produce to a-1 at broker 1 at [^:]+:\d+.*INVALID_RECORD/)
          },
        }),
      )
    })
  })
})
