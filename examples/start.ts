import { apiVersions } from './api-versions.js'
import { frames } from './frames.js'

const [broker] = (process.env['KAFKA_BROKERS'] ?? '').split(',')
const example = broker ? apiVersions(broker) : frames

example.subscribe({
  next: line => console.log(line),
  error: error => {
    console.error(`${error.name} (${error.code}): ${error.message}`)
    process.exitCode = 1
  },
})
