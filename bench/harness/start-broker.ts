import { startKafka } from '../../spec/kafka/harness/start-kafka.js'
import type { Peer } from './start-peer.js'

/**
 * A real Kafka for a bench, in its own process: the first of `KAFKA_BROKERS` (`host:port`), or one that is started, with
 * the JVM's best compiler, and ends with the bench.
 */
export async function startBroker(): Promise<Peer> {
  const [given] = (process.env['KAFKA_BROKERS'] ?? '').split(',')
  if (given) {
    const [host = '', port = '9092'] = given.split(':')
    return { host, port: Number(port), close: () => {} }
  }
  const kafka = await startKafka({ jvm: ['-XX:TieredStopAtLevel=4'] })
  const [node] = kafka.nodes
  return { host: node.host, port: node.port('PLAINTEXT'), close: () => void kafka.stop() }
}
