import { concat, ignoreElements, map, of, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import type { ProducerOptions } from '../../src/producer/producer-options.js'
import { type EmbeddedBroker, embeddedBroker, type FaultOptions } from '../../src/testing/index.js'
import { marbles } from '../marbles.js'

/** Sends a, then b, whose request meets the fault, and 5 ms later c; emits each when it is told of. */
const sending = (faultOf: (cluster: EmbeddedBroker) => FaultOptions, options: ProducerOptions = {}) =>
  embeddedBroker({ listen: false, brokers: 2, topics: { words: 1 } }, cluster => {
    cluster.fault({ api: 'Produce', skip: 1, ...faultOf(cluster) })
    const producer = new Kafka({ bootstrap: cluster.bootstrap, transport: cluster.transport }).producer(options)
    const delayed = (word: string, ms: number) => timer(ms).pipe(map(() => word))
    const words = concat(of('a'), delayed('b', 10), delayed('c', 5), timer(185).pipe(ignoreElements()))
    return words.pipe(
      producer.produce(value => ({ topic: 'words', value }), { onError: 'emit' }),
      map(({ input, error }) => (error === undefined ? input : error.outcome)),
    )
  })

describe('deliveries of a partition', () => {
  // As Kafka does when it has waited for its replicas too long, and for those of the next batch just long enough.
  const appendedButGivenUp = () => ({ errorAfter: 'REQUEST_TIMED_OUT', late: 20 }) as const

  it('are told in order, when the leader gave up on one of two that are in its log', () => {
    marbles(({ expectObservable }) => {
      expectObservable(sending(appendedButGivenUp)).toBe('a 129ms (bc) 66ms |')
    })
  })

  it('wait no longer for one that is given up', () => {
    marbles(({ expectObservable }) => {
      const seen = sending(appendedButGivenUp, { deliveryTimeout: 50 })
      expectObservable(seen).toBe('a 59ms (uc) 136ms |', { a: 'a', u: 'unknown', c: 'c' })
    })
  })
})

it('goes on at the new leader at once, with all that the old one had been sent', () => {
  marbles(({ expectObservable }) => {
    // Both are answered by the old one at 30 ms.
    const moved = ({ moveLeader }: EmbeddedBroker) => ({ before: () => moveLeader('words', 0, 2), delay: 20 })
    expectObservable(sending(moved)).toBe('a 29ms (bc) 166ms |')
  })
})
