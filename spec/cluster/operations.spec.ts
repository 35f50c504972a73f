import {
  concatMap,
  defer,
  forkJoin,
  ignoreElements,
  lastValueFrom,
  map,
  mergeMap,
  type Observable,
  Observable as Rx,
  Subscription,
  tap,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import { DescribeCluster, DescribeGroups, ListOffsets, Metadata } from '../../src/protocol/index.js'
import { embeddedBroker } from '../../src/testing/index.js'
import { live, type World } from './live.js'

const body = { includeClusterAuthorizedOperations: false }

/** Everything that a Kafka offers and that ends by itself. */
const operations: Readonly<Record<string, (kafka: Kafka, n: number) => Observable<unknown>>> = {
  'request to any': kafka => kafka.request(DescribeCluster, body),
  'request to a broker': kafka => kafka.request(DescribeCluster, body, { to: { broker: 2 } }),
  'request to the controller': kafka => kafka.request(DescribeCluster, body, { to: 'controller' }),
  'request to a coordinator': (kafka, n) =>
    kafka.request(DescribeGroups, { groups: [`g${n % 7}`] }, { to: { coordinator: { group: `g${n % 7}` } } }),
  'request to a leader': (kafka, n) =>
    kafka.request(
      ListOffsets,
      { replicaId: -1, topics: [{ name: 'a', partitions: [{ partitionIndex: n % 3, timestamp: -1n }] }] },
      { to: { leader: { topic: 'a', partition: n % 3 } } },
    ),
  topics: kafka => kafka.topics(),
  createTopics: (kafka, n) => kafka.createTopics({ name: `new-${n}` }),
  deleteTopics: (kafka, n) => kafka.deleteTopics(`old-${n % 300}`),
}

const old = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`old-${n}`, 1]))
const broker = { brokers: 3, topics: { a: 3, ...old } }

/** Numbers from 0 to 1 by a seed. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A little of the client's own is left on the clock: nothing but what the cluster has there. */
const released = ({ kafka, cluster, scheduler }: World) =>
  kafka.released.pipe(
    concatMap(() => timer(1, scheduler)),
    map(() => cluster.connections.length),
  )

describe.each(Object.entries(operations))('%s', (_name, operation) => {
  it('emits once, completes and leaves nothing', () => {
    const { values, error } = live({ broker }, world =>
      operation(world.kafka, 1).pipe(
        toArray(),
        mergeMap(list => released(world).pipe(map(left => [list.length, left]))),
      ),
    )
    expect([values, error]).toEqual([[[1, 0]], undefined])
  })

  it('errors when nobody can be reached, and leaves nothing', () => {
    const told: unknown[] = []
    const { values } = live({ broker, kafka: { requestTimeout: 2000 } }, world => {
      for (const id of [1, 2, 3]) world.cluster.stop(id)
      const failing = operation(world.kafka, 1).pipe(tap({ error: error => told.push(error) }))
      return new Rx<number>(subscriber =>
        failing.subscribe({ error: () => subscriber.add(released(world).subscribe(subscriber)) }),
      )
    })
    expect(told).toMatchObject([{ name: 'ConnectError', retriable: true }])
    expect(values).toEqual([0])
  })

  it('unsubscribed at any moment leaves nothing', () => {
    for (let moment = 0; moment < 12; moment++) {
      const { values, endedAt } = live(
        {
          broker,
          transport:
            ({ transport }, scheduler) =>
            endpoint =>
              timer(2, scheduler).pipe(mergeMap(() => transport(endpoint))),
        },
        world => {
          const { kafka, cluster, scheduler } = world
          cluster.fault({ times: Number.POSITIVE_INFINITY, late: 1 })
          const asked = operation(kafka, moment).subscribe()
          return timer(moment, scheduler).pipe(
            concatMap(() => {
              asked.unsubscribe()
              return released(world)
            }),
          )
        },
      )
      expect(values).toEqual([0])
      expect(endedAt).toBeLessThanOrEqual(moment + 5)
    }
  })

  it('may be subscribed to again from inside its value, its end and its error', () => {
    const { values, error } = live({ broker }, world => {
      const { kafka } = world
      const again = (n: number) => operation(kafka, n).pipe(map(() => n))
      return again(1).pipe(
        mergeMap(() => forkJoin([again(2), again(3)])),
        concatMap(() => again(4)),
        tap(n => n === 4 && world.cluster.disconnect()),
        mergeMap(() => again(5)),
        concatMap(n => released(world).pipe(map(left => [n, left]))),
      )
    })
    expect([values, error]).toEqual([[[5, 0]], undefined])
  })
})

describe('a thousand subscriptions ended at random moments', () => {
  it.each([1, 2, 3, 4])('leave no connection and no timer: seed %d', seed => {
    const next = chance(seed)
    const kinds = Object.values(operations)
    let ended = 0
    const { values, error, endedAt } = live({ broker }, world => {
      const { kafka, cluster, scheduler } = world
      const troubles = [
        () => cluster.disconnect({ nodeId: 1 + Math.trunc(next() * 3) }),
        () => cluster.moveLeader('a', Math.trunc(next() * 3), 1 + Math.trunc(next() * 3)),
        () => cluster.fault({ cut: next() < 0.5 ? 'before' : 'after' }),
        () => cluster.fault({ delay: next() * 50 }),
        () => cluster.fault({ api: 'Metadata', error: 'REBOOTSTRAP_REQUIRED' }),
      ]
      for (let n = 0; n < 1000; n++) {
        const begin = next() * 5000
        const operation = kinds[Math.trunc(next() * kinds.length)]
        const life = next() < 0.7 ? next() * 20 : 100_000
        scheduler.schedule(() => {
          const asked = operation?.(kafka, n).subscribe({ error: () => ended++, complete: () => ended++ })
          scheduler.schedule(() => asked?.unsubscribe(), life)
        }, begin)
        if (n % 10 === 0) scheduler.schedule(() => troubles[Math.trunc(next() * troubles.length)]?.(), next() * 5000)
      }
      return timer(5001, scheduler).pipe(mergeMap(() => released(world)))
    })
    expect(error).toBeUndefined()
    expect(values).toEqual([0])
    expect(ended).toBeGreaterThan(300)
    expect(endedAt).toBeLessThan(40_000)
  })
})

describe('many subscriptions at once', () => {
  it.each([
    ['request to any', 40_000],
    ['request to a leader', 10_000],
    ['request to a coordinator', 10_000],
  ])(
    'of a %s are all answered: %d',
    async (name, many) => {
      const answered = embeddedBroker({ listen: false, brokers: 3, topics: { a: 3 } }, ({ bootstrap, transport }) => {
        const kafka = new Kafka({ bootstrap, transport, requestTimeout: 120_000 })
        // Not by mergeMap, whose own lists of so many take most of the time.
        const all = new Rx<number>(subscriber => {
          let count = 0
          const complete = () => {
            count++
            if (count < many) return
            subscriber.next(count)
            subscriber.complete()
          }
          const error = (reason: unknown) => subscriber.error(reason)
          for (let n = 0; n < many; n++) operations[name]?.(kafka, n).subscribe({ error, complete })
        })
        return all.pipe(concatMap(count => kafka.released.pipe(map(() => count))))
      })
      expect(await lastValueFrom(answered)).toBe(many)
    },
    120_000,
  )

  it('are all told when nobody can be reached', () => {
    let told = 0
    const { endedAt } = live({}, ({ kafka, cluster }) => {
      cluster.stop(1)
      return defer(() => {
        const life = new Subscription()
        for (let n = 0; n < 2000; n++)
          life.add(kafka.request(Metadata, { topics: null }, { timeout: 500 }).subscribe({ error: () => told++ }))
        return kafka.released.pipe(ignoreElements())
      })
    })
    expect([told, endedAt]).toEqual([2000, 500])
  })
})
