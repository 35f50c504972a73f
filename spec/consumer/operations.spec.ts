import {
  concat,
  concatMap,
  defer,
  delay,
  EMPTY,
  ignoreElements,
  merge,
  mergeMap,
  type Observable,
  take,
  tap,
  timer,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Consumer, Kafka, KafkaError } from '../../src/index.js'
import type { Protocol } from './faulty-life.js'
import { virtually, type World } from './virtual-life.js'

/** How a consumer is told what to read. */
const forms: Readonly<Record<string, (n: number) => object>> = {
  topics: () => ({ topics: 'a' }),
  partitions: n => ({ partitions: [{ topic: 'a', partition: n % 3, at: 'earliest' }] }),
  'partitions of a group': n => ({ group: `given-${n % 3}`, partitions: [{ topic: 'a', partition: n % 3 }] }),
  'a member, classic': n => ({ group: `classic-${n % 3}`, topics: 'a', protocol: 'classic' }),
  'a static member, classic': n => ({ group: 'static', topics: 'a', instanceId: `i-${n}`, protocol: 'classic' }),
  'a member, consumer': n => ({ group: `next-${n % 3}`, topics: 'a', protocol: 'consumer' satisfies Protocol }),
}

/** What is done with a consumer, and never ends by itself. */
const uses: Readonly<Record<string, (consumer: Consumer, world: World) => Observable<unknown>>> = {
  nothing: (_, { scheduler }) => timer(1_000_000, scheduler),
  records: all => all.pipe(tap(record => all.acknowledge(record))),
  'records nobody acknowledges': all => all,
  'one record at a time, left and resumed': all =>
    defer(() =>
      all.pipe(
        take(1),
        tap(record => all.acknowledge(record)),
      ),
    ).pipe(repeatFor(50)),
  batches: all => all.batches.pipe(tap(batch => all.acknowledge(batch))),
  partitions: all => all.partitions.pipe(mergeMap(one => one.pipe(tap(record => all.acknowledge(record))))),
  consume: (all, { scheduler }) => all.consume({ concurrency: 3 }, () => timer(5, scheduler)),
  consumeBatches: (all, { scheduler }) => all.consumeBatches({}, () => timer(5, scheduler)),
  commit: (all, { scheduler }) => merge(all, timer(0, 20, scheduler).pipe(concatMap(() => all.commit()))),
  'pause, seek and resume': (all, { scheduler }) =>
    merge(
      all.pipe(tap(record => all.acknowledge(record))),
      timer(3, 7, scheduler).pipe(
        tap(n => {
          if (n % 3 === 0) all.pause()
          else if (n % 3 === 1) all.resume()
          else all.seek('earliest')
        }),
      ),
    ),
}

function repeatFor(times: number) {
  return <T>(source: Observable<T>): Observable<T> => concat(...Array.from({ length: times }, () => source))
}

/** Numbers from 0 to 1 by a seed. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Nothing is left of them: no connection, no timer, and no member but those that may come back. */
function expectNothingLeft({ broker, scheduler }: World): void {
  expect(broker.connections).toEqual([])
  const members = broker.groups.flatMap(group => group.members)
  expect(members.filter(({ instanceId }) => instanceId === null)).toEqual([])
  // The cluster's own, for their sessions.
  const due = scheduler.actions.filter(({ closed }) => !closed)
  expect(due).toHaveLength(members.length > 0 ? 1 : 0)
}

const open = (kafka: Kafka, options: object, use: (consumer: Consumer) => Observable<unknown>) =>
  kafka.consumer(options as { topics: string }, use)

describe.each(Object.entries(forms))('%s', (_form, options) => {
  it.each(Object.entries(uses))('unsubscribed at any moment leaves nothing: %s', (_use, use) => {
    virtually({ brokers: 2, topics: { a: 3 } }, world => {
      const { kafka, write, scheduler, broker } = world
      const isHopeless = ({ code }: KafkaError) => code === 'ARGUMENT'
      broker.fault({ times: Number.POSITIVE_INFINITY, late: 1 })
      const cycles = Array.from({ length: 24 }, (_, moment) =>
        defer(() => {
          const errors: KafkaError[] = []
          const reading = open(kafka, options(moment), consumer => use(consumer, world)).subscribe({
            error: error => errors.push(error),
          })
          return timer(moment < 18 ? moment : moment * 40, scheduler).pipe(
            concatMap(() => {
              reading.unsubscribe()
              // There is nothing to commit to without a group.
              expect(errors.filter(error => !isHopeless(error))).toEqual([])
              return kafka.released
            }),
            delay(3, scheduler),
            tap(() => expectNothingLeft(world)),
            ignoreElements(),
          )
        }),
      )
      return concat(write(['x', 'y', 'z']), write(['u'], 1), ...cycles)
    })
  })
})

/** `FAULTS=all` takes more. */
const seeds = process.env['FAULTS'] === 'all' ? [1, 2, 3, 4, 5, 6] : [1]

describe('a thousand consumers, ended at random moments', () => {
  it.each(seeds)(
    'leave no connection, no timer and no member: seed %d',
    seed => {
      const next = chance(seed)
      const pick = <T>(all: Readonly<Record<string, T>>): T => {
        const values = Object.values(all)
        return values[Math.trunc(next() * values.length)] as T
      }
      let errors = 0
      virtually({ brokers: 2, topics: { a: { partitions: 3, replicationFactor: 2 } } }, world => {
        const { kafka, broker, scheduler, write } = world
        const troubles = [
          () => broker.disconnect({ nodeId: 1 + Math.trunc(next() * 2) }),
          () => broker.moveLeader('a', Math.trunc(next() * 3), 1 + Math.trunc(next() * 2)),
          () => broker.moveCoordinator('group', `classic-${Math.trunc(next() * 3)}`, 1 + Math.trunc(next() * 2)),
          () => broker.fault({ cut: next() < 0.5 ? 'before' : 'after' }),
          () => broker.fault({ delay: next() * 50 }),
        ]
        const begin = () => {
          for (let n = 0; n < 1000; n++) {
            const [options, use, life] = [pick(forms)(n), pick(uses), next() * (next() < 0.5 ? 30 : 600)]
            scheduler.schedule(() => {
              const reading = open(kafka, options, consumer => use(consumer, world)).subscribe({
                error: () => errors++,
              })
              scheduler.schedule(() => reading.unsubscribe(), life)
            }, next() * 20_000)
            if (n % 20 === 0)
              scheduler.schedule(() => troubles[Math.trunc(next() * troubles.length)]?.(), next() * 20_000)
          }
          return EMPTY
        }
        return concat(
          write(['x', 'y', 'z']),
          write(['u'], 1),
          defer(begin),
          timer(22_000, scheduler).pipe(ignoreElements()),
          defer(() => kafka.released).pipe(
            delay(3, scheduler),
            tap(() => expectNothingLeft(world)),
            ignoreElements(),
          ),
        )
      })
      // Of those that commit without a group.
      expect(errors).toBeLessThan(100)
    },
    120_000,
  )
})
