import { parseArgs } from 'node:util'
import { defaultVersion } from '../spec/kafka/harness/class-path.js'
import type { Listener } from '../spec/kafka/harness/server-properties.js'
import { startKafka } from '../spec/kafka/harness/start-kafka.js'

const { values } = parseArgs({
  options: {
    version: { type: 'string', default: defaultVersion },
    nodes: { type: 'string', default: '1' },
    listeners: { type: 'string', default: 'PLAINTEXT' },
  },
})
const listeners = values.listeners.split(',') as Listener[]

const kafka = await startKafka({ version: values.version, nodes: Number(values.nodes), listeners })

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, async () => {
    await kafka.stop()
    process.exit(0)
  })
}

console.log(`Apache Kafka ${kafka.version} is up.`)
for (const listener of listeners) console.log(`  ${listener}: ${kafka.addresses(listener).join(',')}`)
for (const node of kafka.nodes) console.log(`  log of node ${node.id} (process ${node.pid}): ${node.logFile}`)
if (kafka.certificates !== undefined) console.log(`  authority of its certificate: ${kafka.certificates.caFile}`)
if (listeners.some(name => name.startsWith('SASL'))) {
  const users = Object.entries(kafka.users).map(([name, password]) => `${name} with password ${password}`)
  console.log(`  users: ${users.join(', ')} (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; OAUTHBEARER takes unsecured tokens)`)
}
console.log('Stop it with ctrl-C; its data goes with it.')
