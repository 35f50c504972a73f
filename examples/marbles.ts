import assert from 'node:assert/strict'
import { Kafka } from 'kafka-rx'
import { byteMarbles, embeddedBroker } from 'kafka-rx/testing'
import { concat, ignoreElements, map, type Observable, take } from 'rxjs'

/** What is to be tested. */
export function loudWords(kafka: Kafka): Observable<string> {
  return kafka.consumer({ topics: 'words', at: 'earliest' }, words =>
    words.pipe(map(({ value }) => String(value).toUpperCase())),
  )
}

/** Its test: a Kafka in memory, in virtual time, a leader that is none for once included. */
export function testLoudWords(): void {
  byteMarbles(assert.deepEqual)(({ expectObservable }) => {
    const loud = embeddedBroker({ listen: false, topics: { words: 1 } }, ({ bootstrap, transport, fault }) => {
      const kafka = new Kafka({ bootstrap, transport, random: size => Buffer.alloc(size) })
      const words = ['a', 'b'].map(value => ({ topic: 'words', value }))
      fault({ api: 'Fetch', error: 'NOT_LEADER_OR_FOLLOWER' })
      return concat(kafka.producer().send(words).pipe(ignoreElements()), loudWords(kafka).pipe(take(2)))
    })
    expectObservable(loud).toBe('100ms (ab|)', { a: 'A', b: 'B' })
  })
}
