import {
  catchError,
  concat,
  defer,
  EMPTY,
  from,
  ignoreElements,
  Observable,
  of,
  repeat,
  retry,
  type Subscription,
  switchMap,
  take,
  takeUntil,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { afterwards, lives, virtually, type World } from './virtual-producer.js'

const a = (value: string | null, more: object = {}) => ({ topic: 'a', value, ...more })
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const emit = { onError: 'emit' } as const
const MANY = 100_000
const roomy = { topics: { a: 1 }, producer: { bufferMemory: 2 ** 30 } }

/** As mergeMap, which takes quadratic time to forget many that end at once. */
function together<T>(sources: readonly Observable<T>[]): Observable<T> {
  return new Observable(subscriber => {
    let open = sources.length
    const subscriptions = sources.map(source =>
      source.subscribe({
        next: value => subscriber.next(value),
        error: error => subscriber.error(error),
        complete: () => {
          if (--open === 0) subscriber.complete()
        },
      }),
    )
    return () => {
      for (const subscription of subscriptions) subscription.unsubscribe()
    }
  })
}

/** Every way to send these values. */
const ways: Readonly<Record<string, (world: World, values: readonly string[]) => Observable<unknown>>> = {
  send: ({ producer }, values) => together(values.map(value => producer.send(a(value)))),
  'send of a list': ({ producer }, values) => producer.send(values.map(value => a(value))),
  produce: ({ producer }, values) => from(values).pipe(producer.produce(value => a(value))),
  'produceFrom an iterable': ({ producer }, values) => producer.produceFrom(values, value => a(value)),
}

describe.each(Object.entries(ways))('%s', (_name, way) => {
  it('completes when all is acknowledged', () => {
    lives({ topics: { a: 1 } }, world =>
      way(world, ['x', 'y', 'z']).pipe(afterwards(() => expect(world.log()).toEqual(['x', 'y', 'z']))),
    )
  })

  it('errors with the first failure', () => {
    const told = virtually({ topics: { a: 1 } }, world => {
      world.broker.fault({ api: 'Produce', error: 'POLICY_VIOLATION' })
      return way(world, ['x', 'y', 'z'])
    })
    expect(told.length).toBe(1)
    expect(told[0]).toMatch(/^0: rejected: a-0: .*POLICY_VIOLATION/)
  })

  it('does nothing before it is subscribed to, and all of it again when subscribed to again', () => {
    lives({ topics: { a: 1 } }, world => {
      const cold = way(world, ['x', 'y'])
      return concat(
        timer(100, world.scheduler).pipe(ignoreElements()),
        defer(() => of(world.log().length)),
        cold,
        cold,
      ).pipe(
        toArray(),
        afterwards(() => expect(world.log()).toEqual(['x', 'y', 'x', 'y'])),
      )
    })
  })

  it('withdraws what no connection has when it is unsubscribed', () => {
    lives({ topics: { a: 1 }, producer: { linger: 100 } }, world =>
      concat(
        way(world, ['x', 'y']).pipe(
          takeUntil(world.producer.send(a('before')).pipe(ignoreElements())),
          takeUntil(timer(50, world.scheduler)),
        ),
        world.producer.send(a('after')),
      ).pipe(
        afterwards(() => {
          // A stream whose source has completed is flushed.
          expect(world.log().at(-1)).toBe('after')
        }),
      ),
    )
  })

  it('takes 100,000 at once', () => {
    lives(roomy, world =>
      way(world, numbers(MANY).map(String)).pipe(
        ignoreElements(),
        afterwards(() =>
          expect(world.broker.partitions.find(({ topic }) => topic === 'a')?.highWatermark).toBe(BigInt(MANY)),
        ),
      ),
    )
  })

  it('is left by 100,000 at once', () => {
    lives({ ...roomy, producer: { ...roomy.producer, linger: 100_000, batchSize: 200 } }, world => {
      world.broker.fault({ api: 'Metadata', delay: 2000 })
      return concat(
        way(world, numbers(MANY).map(String)).pipe(takeUntil(timer(1000, world.scheduler))),
        world.producer.flush(),
      ).pipe(
        ignoreElements(),
        afterwards(() => expect(world.log()).toEqual([])),
      )
    })
  })
})

describe('from inside of what it tells', () => {
  it('more can be sent', () => {
    lives({ topics: { a: 1 } }, world => {
      let left = 1000
      const again = (): Observable<unknown> =>
        world.producer.send(a(String(left))).pipe(switchMap(delivery => (left-- > 1 ? again() : of(delivery))))
      return again().pipe(afterwards(() => expect(world.log().length).toBe(1000)))
    })
  })

  it('others can be unsubscribed, delivered or not', () => {
    lives({ topics: { a: 1 } }, world => {
      const { producer } = world
      const others: Subscription[] = []
      let told = 0
      return concat(
        producer.send(a('first')),
        new Observable<never>(subscriber => {
          const first = producer.send(a('one')).subscribe(() => {
            for (const other of others) other.unsubscribe()
          })
          for (let n = 0; n < 10; n++) others.push(producer.send(a(String(n))).subscribe(() => told++))
          subscriber.add(first)
          subscriber.add(timer(100, world.scheduler).subscribe(() => subscriber.complete()))
        }),
      ).pipe(afterwards(() => expect(told).toBe(0)))
    })
  })

  it('100,000 failures at once can be tried again', () => {
    lives({ ...roomy, producer: { ...roomy.producer, deliveryTimeout: 1000 } }, world => {
      world.broker.fault({ api: 'Metadata', delay: 1200 })
      const sends = numbers(MANY).map(n => world.producer.send(a(String(n))).pipe(retry(1)))
      return together(sends).pipe(
        ignoreElements(),
        afterwards(() => expect(world.log().length).toBe(MANY)),
      )
    })
  })

  it('a record that is refused can be tried again and again without the stack being used up', () => {
    const told = virtually({ topics: { a: 1 } }, world =>
      concat(world.producer.send(a('x')), world.producer.send(a('x', { partition: 9 })).pipe(retry(5000))),
    )
    expect(told[1]).toMatch(/has the partitions 0 to 0, not 9/)
    const serialized = virtually(
      {
        topics: { a: 1 },
        producer: { value: () => new Observable(subscriber => subscriber.error(new Error('no'))) } as never,
      },
      world => world.producer.send(a('x')).pipe(retry(5000)),
    )
    expect(serialized).toEqual(['0: unsent: a: no (the record was not sent)'])
  })

  it('an empty flush, and an empty list, can be repeated without the stack being used up', () => {
    lives({ topics: { a: 1 } }, world =>
      concat(world.producer.flush().pipe(repeat(5000)), world.producer.send([]).pipe(repeat(5000))).pipe(
        ignoreElements(),
      ),
    )
  })

  it('a stream can be left in the middle of a partitioner, a serializer, toRecord', () => {
    for (const where of ['partitioner', 'value', 'toRecord'] as const) {
      let leave = () => {}
      const left = (result: unknown) => () => {
        leave()
        return result as never
      }
      const producer = where === 'toRecord' ? {} : { [where]: left(where === 'value' ? 'x' : 0) }
      lives({ topics: { a: 1 }, producer }, world => {
        const stop = new Observable<void>(subscriber => {
          leave = () => subscriber.next()
        })
        const toRecord = where === 'toRecord' ? left(a('x')) : () => a('x')
        return concat(
          of(1, 2, 3).pipe(world.producer.produce(toRecord), takeUntil(stop)),
          timer(1000, world.scheduler).pipe(ignoreElements()),
        ).pipe(afterwards(() => expect(world.log()).toEqual([])))
      })
    }
  })

  it('what a partitioner sends comes after what it was asked for', () => {
    let send = () => {}
    let isFirst = true
    const partitioner = () => {
      if (isFirst) send()
      isFirst = false
      return 0
    }
    lives({ topics: { a: 1 }, producer: { partitioner } }, world => {
      send = () => world.producer.send(a('inner')).subscribe()
      return concat(world.producer.send(a('outer')), world.producer.flush()).pipe(
        afterwards(() => expect(world.log()).toEqual(['outer', 'inner'])),
      )
    })
  })
})

describe('send of a list', () => {
  it('sends none of it when one is refused at once', () => {
    const list = [a('x'), a('y'), a('z'.repeat(2000))]
    const producer = { maxRequestSize: 1000 }
    const told = virtually({ topics: { a: 1 }, producer }, world =>
      concat(world.producer.send(a('warm')), world.producer.send(list)),
    )
    expect(told[1]).toMatch(/unsent/)
    lives({ topics: { a: 1 }, producer }, world =>
      concat(world.producer.send(a('warm')), world.producer.send(list, emit)).pipe(
        afterwards(() => expect(world.log()).toEqual(['warm', 'x', 'y'])),
      ),
    )
    lives({ topics: { a: 1 }, producer }, world =>
      concat(world.producer.send(a('warm')), world.producer.send(list).pipe(catchError(() => EMPTY))).pipe(
        afterwards(() => expect(world.log()).toEqual(['warm'])),
      ),
    )
  })

  it('is emitted in its order, whatever order it was delivered in', () => {
    const told = lives({ topics: { a: 3 } }, world => {
      world.broker.fault({ api: 'Produce', topic: 'a', partition: 0, error: 'NOT_ENOUGH_REPLICAS' })
      return world.producer.send([a('x', { partition: 0 }), a('y', { partition: 1 }), a('z', { partition: 2 })])
    })
    expect(told).toEqual(['100: [a-0@0, a-1@0, a-2@0]', '100: |'])
  })
})

describe('produceFrom', () => {
  /** What was done with an iterator. */
  function watched(next: (n: number) => IteratorResult<string>) {
    const calls = { next: 0, returned: 0 }
    const iterator = {
      next: () => next(calls.next++),
      return: () => {
        calls.returned++
        return { done: true, value: undefined } as const
      },
    }
    const sync: Iterable<string> = { [Symbol.iterator]: () => iterator }
    return { calls, sync }
  }

  it('ends an infinite iterator when it is left', () => {
    const { calls, sync } = watched(n => ({ done: false, value: String(n) }))
    lives({ topics: { a: 1 } }, world =>
      world.producer.produceFrom(sync, value => a(value)).pipe(take(10), ignoreElements()),
    )
    expect(calls.returned).toBe(1)
    const pulled = calls.next
    expect(pulled).toBeLessThan(400_000)
  })

  it('ends the iterator when a record fails, once', () => {
    const { calls, sync } = watched(n => ({ done: false, value: String(n) }))
    virtually({ topics: { a: 1 } }, world => world.producer.produceFrom(sync, value => a(value, { partition: 9 })))
    expect(calls.returned).toBe(1)
  })

  it('does not end one that has ended or thrown', () => {
    const ended = watched(n => (n < 3 ? { done: false, value: 'x' } : { done: true, value: undefined }))
    lives({ topics: { a: 1 } }, world => world.producer.produceFrom(ended.sync, value => a(value)))
    const thrown = watched(n => {
      if (n === 3) throw new Error('no more')
      return { done: false, value: 'x' }
    })
    const told = virtually({ topics: { a: 1 } }, world => world.producer.produceFrom(thrown.sync, value => a(value)))
    expect(told).toEqual(['0: a-0@0', '0: a-0@1', '0: a-0@2', '0: Error: no more'])
    expect([ended.calls.returned, thrown.calls.returned]).toEqual([0, 0])
  })

  it('completes with one that ends at once', () => {
    expect(lives({ topics: { a: 1 } }, world => world.producer.produceFrom([], () => a('x')))).toEqual(['0: |'])
  })

  it('takes a string for its characters, and is left from inside a generator', () => {
    lives({ topics: { a: 1 } }, world =>
      world.producer
        .produceFrom('abc', value => a(value))
        .pipe(afterwards(() => expect(world.log()).toEqual(['a', 'b', 'c']))),
    )
    let cleaned = 0
    lives({ topics: { a: 1 } }, world => {
      let leave = () => {}
      const stop = new Observable<void>(subscriber => {
        leave = () => subscriber.next()
      })
      function* items() {
        try {
          yield 'x'
          leave()
          yield 'y'
        } finally {
          cleaned++
        }
      }
      return world.producer.produceFrom(items(), value => a(value)).pipe(takeUntil(stop))
    })
    expect(cleaned).toBe(1)
  })
})
