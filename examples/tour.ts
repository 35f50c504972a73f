import { type Broker, broker } from 'kafka-rx'
import { Fetch, Produce } from 'kafka-rx/protocol'
import { catchError, concat, concatMap, defer, ignoreElements, map, type Observable, of, takeUntil, timer } from 'rxjs'
import type { Address } from './address-of.js'
import { fetch, produce } from './records.js'
import { createTopic, deleteTopic, type Topic } from './topic.js'

/**
 * What one broker can be asked, told a line at a time as it happens.
 *
 * @param loseAnswer  makes the broker lose the answer to its next Fetch, where it can be made to
 */
export function tour(address: Address, loseAnswer?: () => void): Observable<string> {
  return broker(address, kafka =>
    concat(
      of(`connected  to ${kafka.host}:${kafka.port}, ${spoken(kafka)}`),
      createTopic(kafka).pipe(
        concatMap(topic =>
          concat(
            of(`created    ${topic.name}, led by ${topic.leader.host}:${topic.leader.port}`),
            broker(topic.leader, leader =>
              concat(produced(leader, topic), fetched(leader, topic), cancelled(leader, topic)),
            ),
            timedOut(topic, loseAnswer),
            deleteTopic(kafka, topic),
            of(`deleted    ${topic.name}`),
          ),
        ),
      ),
    ),
  )
}

function spoken({ versions }: Broker): string {
  const range = (key: number) => `${versions.get(key)?.min} to ${versions.get(key)?.max}`
  return `which knows ${versions.size} APIs: Produce ${range(Produce.key)}, Fetch ${range(Fetch.key)} and so on`
}

function produced(leader: Broker, topic: Topic): Observable<string> {
  return produce(leader, topic, [
    ['alice', 'apples'],
    ['bob', 'bread'],
    ['carol', 'cheese'],
  ]).pipe(map(offset => `produced   3 records, the first at offset ${offset}`))
}

function fetched(leader: Broker, topic: Topic): Observable<string> {
  return fetch(leader, topic, { from: 0n }).pipe(map(told))
}

/** Unsubscribing is cancelling: the answer is dropped when it comes, and none of the next requests gets it. */
function cancelled(leader: Broker, topic: Topic): Observable<string> {
  const longPoll = fetch(leader, topic, { from: 3n, maxWait: 1000 })
  return concat(
    of('asking     for what comes after them: the broker may hold that request for 1000 ms'),
    longPoll.pipe(takeUntil(timer(200)), ignoreElements()),
    of('cancelled  after 200 ms; the next request waits behind it, since a broker answers in order, and is right:'),
    fetch(leader, topic, { from: 2n }).pipe(map(told)),
  )
}

/** When nothing comes in time, asking again is connecting again: what is asked next would wait behind it. */
function timedOut(topic: Topic, loseAnswer: (() => void) | undefined): Observable<string> {
  const ask = (from: bigint, maxWait = 0) =>
    broker(topic.leader, leader => fetch(leader, topic, { from, maxWait, timeout: 300 })).pipe(map(told))
  const unanswered = defer(() => {
    if (loseAnswer === undefined)
      return concat(of('asking     a real broker, which may hold it for 5000 ms, with a timeout of 300'), ask(3n, 5000))
    loseAnswer()
    return concat(of('asking     with a timeout of 300 ms, when a fault makes the broker lose the answer'), ask(0n))
  })
  const again = concat(of('asking     once more, over a new connection'), ask(0n))
  return unanswered.pipe(catchError(error => concat(of(`timed out  ${error.code}: ${error.message}`), again)))
}

const told = (records: readonly string[]): string => `fetched    ${records.join(', ')}`
