import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Kafka, type KafkaOptions, startKafka } from './start-kafka.js'

/**
 * A Kafka for the file or `describe` that calls this: started before its tests, stopped after them. When one of them
 * has failed, the nodes' logs stay and their folder is printed.
 *
 * @example
 * const kafka = useKafka({ listeners: ['SSL'] })
 * test('…', () => connect({ port: kafka().nodes[0].port('SSL'), … }))
 */
export function useKafka(options: KafkaOptions = {}): () => Kafka {
  let kafka: Kafka | undefined
  let keepLog = false
  beforeAll(async () => {
    kafka = await startKafka(options)
  })
  beforeEach(({ onTestFailed }) =>
    onTestFailed(() => {
      keepLog = true
    }),
  )
  afterAll(async () => {
    const folder = await kafka?.stop({ keepLog })
    if (keepLog && folder !== undefined) console.error(`Kafka's logs and settings of the failed test: ${folder}`)
    kafka = undefined
  })
  return () => {
    if (kafka === undefined) throw new Error('kafka() is for use inside tests and hooks')
    return kafka
  }
}
