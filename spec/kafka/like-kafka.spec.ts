import { describe } from 'vitest'
import { likeKafka } from '../testing/embedded/behaviour/like-kafka.js'
import { settings } from '../testing/embedded/behaviour/world.js'
import { useKafka } from './harness/use-kafka.js'

describe('Kafka is like itself', () => {
  // A transaction that takes too long is looked for every 10 s by default.
  const config = { ...settings, 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 200 }
  const kafka = useKafka({ nodes: 2, controllers: 1, config })

  likeKafka(() => ({
    brokers: new Map(kafka().nodes.map(node => [node.id, { host: '127.0.0.1', port: node.port('PLAINTEXT') }])),
  }))
})
