import {
  asapScheduler,
  catchError,
  count,
  EMPTY,
  filter,
  firstValueFrom,
  ignoreElements,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  range,
  retry,
  take,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { cluster } from '../../marble-tests/broker/scripted-broker.js'
import { type Broker, broker, KafkaError } from '../../src/index.js'
import { Metadata } from '../../src/protocol/index.js'
import { answeringPeer, answeringThread } from './answering-peer.js'

const ask = (kafka: Broker, timeout?: number): Observable<string | null> =>
  kafka.request(Metadata, { topics: [] }, { timeout }).pipe(map(({ clusterId }) => clusterId))

describe('a healthy broker is not taken for dead', () => {
  it('by more than it can answer in time', async () => {
    await using peer = await answeringPeer(() => cluster('a'), 5)
    const { host, port } = peer
    const overload = broker({ host, port, maxInFlight: 5 }, kafka =>
      merge(
        range(0, 400).pipe(
          mergeMap(() => outcome(ask(kafka, 500))),
          filter(it => it === 'RequestTimeoutError unsent'),
          count(),
          map(n => n > 100),
        ),
        timer(1000).pipe(mergeMap(() => ask(kafka, 20_000))),
      ),
    )
    expect(await lastValueFrom(overload.pipe(toArray()))).toEqual([true, 'a'])
  })

  it.each([
    ['before it is sent', 'RequestTimeoutError unsent'],
    ['when it has just been sent', 'a'],
  ])('by an event loop that is blocked past the deadline of a request %s', async (when, first) => {
    await using thread = await answeringThread()
    const { host, port } = thread
    const blocked = broker({ host, port }, kafka =>
      merge(
        outcome(ask(kafka, 300)),
        new Observable<never>(subscriber => {
          const wait = () => {
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600)
            subscriber.complete()
          }
          if (when === 'before it is sent') wait()
          // In the turn in which it is written, but after that.
          else asapScheduler.schedule(() => queueMicrotask(wait))
        }),
        timer(700).pipe(mergeMap(() => ask(kafka, 20_000))),
      ),
    )
    expect(await lastValueFrom(blocked.pipe(toArray()))).toEqual([first, 'a'])
  })
})

describe('a broker that hangs up while nothing is asked', () => {
  const hangingUp = () => {
    let asked = 0
    // It closes after its first answer, as one that restarts does.
    return answeringPeer(() => (asked++ === 1 ? 'hang up' : cluster('a')))
  }

  it('ends broker() with an error that is retriable, and retry alone opens the next', async () => {
    await using peer = await answeringPeer(() => cluster('a'))
    const { host, port } = peer
    let opened = 0
    const clusters = broker({ host, port }).pipe(
      mergeMap(kafka => {
        opened++
        return ask(kafka).pipe(
          mergeMap(() => {
            if (opened < 3) peer.sockets.at(-1)?.end()
            return opened < 3 ? EMPTY : of(kafka.closed)
          }),
        )
      }),
      retry({ delay: error => (error.retriable ? timer(1) : NEVER) }),
      take(1),
    )
    expect([await firstValueFrom(clusters), opened]).toEqual([false, 3])
  })

  it('ends `use`, which asks nothing, at once', async () => {
    await using peer = await answeringPeer(() => cluster('a'))
    const { host, port } = peer
    const used = broker({ host, port }, () => {
      peer.sockets.at(-1)?.end()
      return NEVER
    })
    await expect(lastValueFrom(used.pipe(ignoreElements()))).rejects.toMatchObject({
      name: 'ConnectionError',
      retriable: true,
    })
  })

  it('refuses what is asked later, unsent and retriable', async () => {
    await using peer = await hangingUp()
    const { host, port } = peer
    const { first, kafka } = await new Promise<{ first: unknown; kafka: Broker }>(resolve => {
      broker({ host, port }).subscribe({
        next: kafka =>
          ask(kafka)
            .pipe(mergeMap(() => ask(kafka)))
            .subscribe({ error: first => resolve({ first, kafka }) }),
        error: () => {},
      })
    })
    expect(first).toMatchObject({ name: 'ConnectionError', outcome: 'unknown', retriable: true })
    await expect(lastValueFrom(ask(kafka))).rejects.toMatchObject({
      name: 'ConnectionError',
      outcome: 'unsent',
      retriable: true,
    })
  })
})

function outcome<T>(request: Observable<T>): Observable<T | string> {
  return request.pipe(
    catchError(error => of(error instanceof KafkaError ? `${error.name} ${error.outcome}` : String(error))),
  )
}
