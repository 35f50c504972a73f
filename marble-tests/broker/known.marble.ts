import { filter, ignoreElements, map, merge, mergeMap, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { type Broker, broker } from '../../src/index.js'
import { Metadata } from '../../src/protocol/index.js'
import { marbles } from '../marbles.js'
import { host } from './ask.js'
import { everyVersion, lettersEvery, readRequests, respond, scriptedBroker } from './scripted-broker.js'

const features = {
  finalizedFeaturesEpoch: 7n,
  finalizedFeatures: [
    { name: 'metadata.version', maxVersionLevel: 25, minVersionLevel: 20 },
    { name: 'group.version', maxVersionLevel: 1, minVersionLevel: 1 },
  ],
}

const check = (known: Broker, next: Broker) =>
  next
    .request(Metadata, { topics: [] })
    .pipe(map(() => next.features === known.features && next.versions === known.versions))

describe('what a broker says of itself', () => {
  it('is kept: the versions it speaks and the features that its cluster has agreed on', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ ApiVersions: asked => respond(asked, { ...everyVersion, ...features }) })
      const opened = broker({ host, transport }).pipe(
        map(({ features: { epoch, levels }, versions }) => [epoch, [...levels], versions.get(Metadata.key)]),
      )
      expectObservable(opened).toBe('b', {
        b: [
          7n,
          [
            ['metadata.version', 25],
            ['group.version', 1],
          ],
          { min: 0, max: 13 },
        ],
      })
    })
  })

  it('is none where it does not say', () => {
    marbles(({ expectObservable }) => {
      const opened = broker({ host, transport: scriptedBroker({}) }).pipe(
        map(({ features: { epoch, levels } }) => [epoch, levels.size]),
      )
      expectObservable(opened).toBe('b', { b: [-1n, 0] })
    })
  })

  it('is not asked for again by a connection that is handed it', () => {
    marbles(({ expectObservable }) => {
      const first = scriptedBroker({ ApiVersions: asked => respond(asked, { ...everyVersion, ...features }, 3) })
      const second = scriptedBroker({ Metadata: lettersEvery(1) })
      const both = broker({ host, transport: first }).pipe(
        mergeMap(known => broker({ host, transport: second, known }, next => check(known, next))),
      )
      expectObservable(both).toBe('----a', { a: true })
      const asked = second.sent.pipe(
        mergeMap(readRequests),
        map(({ api }) => api),
      )
      expectObservable(asked).toBe('---m', { m: 'Metadata' })
    })
  })
})

describe('a version that is asked for', () => {
  it('is looked up once for all requests that ask in it', () => {
    marbles(({ expectObservable }) => {
      let looks = 0
      const transport = scriptedBroker({ Metadata: lettersEvery(1) })
      const requests = broker({ host, transport }, kafka => {
        const get = kafka.versions.get.bind(kafka.versions)
        Object.assign(kafka.versions, {
          get: (key: number) => {
            looks++
            return get(key)
          },
        })
        return merge(
          ...[12, undefined, 12, 11, undefined, 12].map(version =>
            kafka.request(Metadata, { topics: [] }, { version }),
          ),
        )
      }).pipe(ignoreElements())
      expectObservable(merge(requests, timer(10).pipe(map(() => looks)))).toBe('----------(n|)', { n: 3 })
      const versions = transport.sent.pipe(
        mergeMap(readRequests),
        filter(({ api }) => api === 'Metadata'),
        map(({ version }) => version),
      )
      expectObservable(versions).toBe('(abacba)', { a: 12, b: 13, c: 11 })
    })
  })
})
