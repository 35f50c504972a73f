import { concatMap, ignoreElements, map, merge, mergeMap, NEVER, takeUntil, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { embeddedBroker } from '../../src/testing/index.js'
import { marbles } from '../marbles.js'
import { clientOf } from './client.js'

const letters = { connected: 'c', disconnected: 'd' } as Readonly<Record<string, string>>

/** When connections open and close, where the topics are asked for at these times. */
const opened = (askedAt: readonly number[], releasedAt = Number.POSITIVE_INFINITY) =>
  embeddedBroker({ listen: false }, cluster => {
    const kafka = clientOf(cluster, { idleTimeout: 1000 })
    const asking = merge(...askedAt.map(at => timer(at).pipe(concatMap(() => kafka.topics()))))
    const released =
      releasedAt === Number.POSITIVE_INFINITY ? NEVER : timer(releasedAt).pipe(mergeMap(() => kafka.released))
    return merge(
      kafka.events.pipe(mergeMap(({ type }) => letters[type] ?? [])),
      merge(asking, released).pipe(ignoreElements()),
    )
  })

describe('a connection that nobody uses', () => {
  it('is closed after idleTimeout', () => {
    marbles(({ expectObservable }) => {
      expectObservable(opened([0]), '^ 5s !').toBe('c 999ms d')
    })
  })

  it('is kept by who uses it meanwhile, from the last use on', () => {
    marbles(({ expectObservable }) => {
      expectObservable(opened([0, 700, 1600]), '^ 5s !').toBe('c 2599ms d')
    })
  })

  it('is closed at once while `released` is subscribed to', () => {
    marbles(({ expectObservable }) => {
      expectObservable(opened([0], 300), '^ 5s !').toBe('c 299ms d')
    })
  })

  it('is opened again for who comes later', () => {
    marbles(({ expectObservable }) => {
      expectObservable(opened([0, 2000]), '^ 5s !').toBe('c 999ms d 999ms c 999ms d')
    })
  })

  it('is not waited for when all who wanted it have left before it was open', () => {
    marbles(({ expectObservable }) => {
      const seen = embeddedBroker({ listen: false }, cluster => {
        const slow: typeof cluster.transport = endpoint => timer(50).pipe(mergeMap(() => cluster.transport(endpoint)))
        const kafka = clientOf(cluster, { transport: slow })
        const leaving = kafka.topics().pipe(takeUntil(timer(20)), ignoreElements())
        return merge(kafka.events.pipe(map(({ type }) => type)), leaving)
      })
      expectObservable(seen, '^ 5s !').toBe('')
    })
  })
})
