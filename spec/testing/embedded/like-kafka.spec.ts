import { Subject, takeUntil } from 'rxjs'
import { afterAll, beforeAll, describe } from 'vitest'
import { type EmbeddedBroker, embeddedBroker } from '../../../src/testing/embedded/embedded-broker.js'
import { likeKafka } from './behaviour/like-kafka.js'
import { settings } from './behaviour/world.js'

describe.each([
  ['over TCP', true],
  ['without sockets', false],
])('the embedded broker is like Kafka, %s', (_way, listen) => {
  const stopped = new Subject<void>()
  let broker: EmbeddedBroker
  beforeAll(async () => {
    const running = embeddedBroker({ brokers: 2, config: settings, listen }).pipe(takeUntil(stopped))
    broker = await new Promise((resolve, reject) => running.subscribe({ next: resolve, error: reject }))
  })
  afterAll(() => stopped.next())

  likeKafka(() => ({
    brokers: new Map(broker.brokers.map(one => [one.nodeId, one])),
    ...(!listen && { transport: broker.transport }),
  }))
})
