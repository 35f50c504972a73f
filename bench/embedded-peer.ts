import { embeddedBroker } from 'kafka-rx/testing'

/** The embedded broker in a process of its own: listens on loopback, tells its parent where, and goes with it. */
embeddedBroker({ topics: { produced: 1, fetched: 1 } }).subscribe(({ brokers: [address] }) => process.send?.(address))
process.on('disconnect', () => process.exit())
