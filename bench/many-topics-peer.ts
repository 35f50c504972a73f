import { embeddedBroker } from 'kafka-rx/testing'

/** An embedded broker with 1,000 topics of 10 partitions, and one of 10,000; see `embedded-peer.ts`. */
const topics = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`topic-${index}`, 10]))
embeddedBroker({ topics: { ...topics, wide: 10_000 } }).subscribe(({ brokers: [address] }) => process.send?.(address))
process.on('disconnect', () => process.exit())
