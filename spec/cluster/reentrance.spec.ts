import { concatMap, map, type Observable, Subject, type Subscription, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Broker } from '../../src/broker/index.js'
import type { Answer } from '../../src/cluster/ask-any.js'
import { Connections } from '../../src/cluster/connections.js'
import { Events } from '../../src/cluster/events.js'
import { Metadata } from '../../src/cluster/metadata.js'
import { MetadataMachine } from '../../src/cluster/metadata-machine.js'
import type { View } from '../../src/cluster/view.js'
import { AuthenticationError, ConnectionError } from '../../src/errors.js'
import { Metadata as MetadataApi } from '../../src/protocol/index.js'
import type { MetadataResponse } from '../../src/protocol/messages/metadata.js'
import { embeddedBroker } from '../../src/testing/index.js'
import { metadataOf, type TopicAnswer } from './metadata-answer.js'

const backoff = () => 100
const from = { address: { host: 'a', port: 1 }, isBootstrap: true }

/** Metadata whose answers are in the test's hands. */
function bench() {
  const scheduler = new VirtualTimeScheduler()
  const asked: unknown[] = []
  let answers = new Subject<Answer<MetadataResponse>>()
  const metadata = new Metadata({
    machine: new MetadataMachine({ maxAge: 300_000, backoff }),
    ask: question => {
      asked.push(question)
      answers = new Subject()
      return answers
    },
    isHopeless: error => error instanceof AuthenticationError,
    scheduler,
    events: new Events(),
    onView: () => {},
  })
  return {
    metadata,
    asked,
    scheduler,
    answer: (topics: Readonly<Record<string, TopicAnswer>>) => answers.next({ value: metadataOf(topics), from }),
    fail: (error: Error) => answers.error(error),
  }
}

const watch = (metadata: Metadata, topic: string) => metadata.watch({ topics: [topic], create: false })

describe('those who watch metadata', () => {
  it('may leave for one another while they are told, and come while others are', () => {
    const { metadata, answer } = bench()
    const told: string[] = []
    const later: Subscription[] = []
    watch(metadata, 'a').subscribe(() => {
      told.push('first')
      for (const one of later) one.unsubscribe()
      if (told.length === 1) watch(metadata, 'a').subscribe(() => told.push('newcomer'))
    })
    later.push(watch(metadata, 'a').subscribe(() => told.push('second')))
    answer({ a: ['id', [1, 0]] })
    expect(told).toEqual(['first', 'newcomer'])
  })

  it('are told of what is hopeless, all of them; who comes again at once waits out the backoff', () => {
    const { metadata, asked, fail, scheduler } = bench()
    const told: string[] = []
    const comeAgain = (name: string): Subscription =>
      watch(metadata, 'a').subscribe({
        error: () => {
          told.push(name)
          if (told.length < 10) comeAgain(name)
        },
      })
    comeAgain('a')
    comeAgain('b')
    fail(new AuthenticationError('no', { mechanism: 'PLAIN' }))
    expect([told, asked.length]).toEqual([['a', 'b'], 1])
    scheduler.maxFrames = 99
    scheduler.flush()
    expect(asked.length).toBe(1)
    scheduler.maxFrames = 100
    scheduler.flush()
    expect(asked.length).toBe(2)
  })

  it('take the question back with the last of them', () => {
    const { metadata, asked } = bench()
    const watching = watch(metadata, 'a').subscribe()
    watching.unsubscribe()
    const again: View[] = []
    watch(metadata, 'a').subscribe(view => again.push(view))
    expect([asked.length, again]).toEqual([2, []])
  })
})

describe('a connection that is let go', () => {
  it('is not lent to who asks for it from inside its end, nor does it end the one that follows', () => {
    const scheduler = new VirtualTimeScheduler()
    const told: string[] = []
    embeddedBroker({ listen: false, scheduler }).subscribe(({ transport, brokers: [{ host, port }] }) => {
      const pool = new Connections({
        broker: { transport, scheduler },
        scheduler,
        idleScheduler: scheduler,
        idleTimeout: 60_000,
        backoff,
        events: new Events(),
        nodeIdAt: () => 1,
        meantAt: () => undefined,
        onLost: () => {},
        onMisrouted: () => {},
      })
      const ask = (loan: Observable<Broker>) =>
        loan.pipe(concatMap(broker => broker.request(MetadataApi, { topics: null }).pipe(map(() => broker))))
      const lend = () => pool.lend({ host, port }, 'rest')
      let first: Broker | undefined
      // Asked for again as soon as a request of it has failed, which is inside its end.
      lend().subscribe({
        next: broker => {
          first = broker
          broker.request(MetadataApi, { topics: null }, { timeout: 5000 }).subscribe({
            error: () => {
              told.push('lost')
              ask(lend()).subscribe({
                next: other => told.push(other === first ? 'the same' : 'another'),
                error: () => told.push('told'),
              })
            },
          })
          pool.letGo({ host, port }, new ConnectionError('left'))
        },
        error: () => told.push('the user is told'),
      })
    })
    scheduler.maxFrames = 1000
    scheduler.flush()
    expect(told).toEqual(['lost', 'the user is told', 'another'])
  })
})
