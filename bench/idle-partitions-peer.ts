import { Kafka } from 'kafka-rx'
import { embeddedBroker } from 'kafka-rx/testing'
import { interval, mergeMap } from 'rxjs'

/** An embedded broker with a wide and a narrow topic, 10 partitions of either written 50 times a second; see `embedded-peer.ts`. */
embeddedBroker({ topics: { wide: 2000, narrow: 20 } }).subscribe(({ brokers: [address], bootstrap }) => {
  const producer = new Kafka({ bootstrap }).producer()
  const value = Buffer.alloc(100, 'kafka-rx ')
  const records = ['wide', 'narrow'].flatMap(topic =>
    Array.from({ length: 10 }, (_, partition) => ({ topic, partition, value })),
  )
  interval(20)
    .pipe(mergeMap(() => producer.send(records)))
    .subscribe()
  process.send?.(address)
})
process.on('disconnect', () => process.exit())
