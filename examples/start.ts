import { randomUUID } from 'node:crypto'
import { Kafka, KafkaError } from 'kafka-rx'
import { embeddedBroker } from 'kafka-rx/testing'
import { story } from './story.js'
import { trouble } from './trouble.js'

const bootstrap = process.env['KAFKA_BROKERS']
const name = `orders-${randomUUID().slice(0, 8)}`

const lines = bootstrap
  ? story(new Kafka({ bootstrap, clientId: 'kafka-rx-start' }), { name, partitions: 3 })
  : embeddedBroker({ brokers: 3 }, cluster =>
      story(new Kafka({ bootstrap: cluster.bootstrap }), { name, partitions: 3, replicationFactor: 3 }, topic =>
        trouble(cluster, topic),
      ),
    )

console.log(
  bootstrap
    ? `The Kafka at ${bootstrap}, with a topic of its own that is deleted at the end; no broker is stopped.`
    : 'A Kafka of three brokers, in the memory of this process; KAFKA_BROKERS=host:port npm start takes a real one.',
)

const start = performance.now()

lines.subscribe({
  next: line => console.log(`${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s  ${line}`),
  error: error => {
    console.error(error instanceof KafkaError ? `${error.name} (${error.code}): ${error.message}` : error)
    process.exitCode = 1
  },
})
