import { catchError, concat, delay, map, mergeMap, of, Subject, throwError, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { broker, connect } from '../../../src/index.js'
import { DescribeCluster } from '../../../src/protocol/index.js'
import { type EmbeddedBroker, embeddedBroker } from '../../../src/testing/index.js'
import { marbles } from '../../marbles.js'

const host = '127.0.0.1'

describe('embeddedBroker with `use`', () => {
  it('mirrors what is made of the cluster, and completes with it', () => {
    marbles(({ expectObservable }) => {
      const used = embeddedBroker({ listen: false, brokers: 3 }, ({ transport }) =>
        broker({ host, transport }, it =>
          it.request(DescribeCluster, { includeClusterAuthorizedOperations: false }).pipe(delay(3)),
        ),
      )
      expectObservable(used.pipe(map(({ brokers }) => brokers.length))).toBe('---(n|)', { n: 3 })
    })
  })

  it.each([
    ['completes', timer(4).pipe(map(() => 'x')), undefined, '----(x|)'],
    ['fails', timer(4).pipe(mergeMap(() => throwError(() => 'e'))), undefined, '----#'],
    ['is unsubscribed', timer(9).pipe(map(() => 'x')), '----!', '-----'],
  ])('stops the cluster when that %s', (_end, made, unsubscribed, expected) => {
    marbles(({ expectObservable }) => {
      const clusters = new Subject<EmbeddedBroker>()
      const client = clusters.pipe(
        mergeMap(({ transport }) =>
          concat(
            connect({ host, transport }).pipe(map(() => 'connected')),
            of('hung up'),
            connect({ host, transport }).pipe(catchError(({ code }) => of(code))),
          ),
        ),
      )
      const used = embeddedBroker({ listen: false }, cluster => {
        clusters.next(cluster)
        return made
      })
      expectObservable(client).toBe('c---(hr)', { c: 'connected', h: 'hung up', r: 'CONNECT' })
      expectObservable(used, unsubscribed).toBe(expected, { x: 'x' }, 'e')
    })
  })
})
