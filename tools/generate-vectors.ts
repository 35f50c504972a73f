/**
 * Writes `spec/vectors/`: messages of every API and version, and record batches of every format and compression, as
 * Kafka's own Java classes make and read them. `README.md` and `records.md` there say what is in them.
 *
 *     npm run generate-vectors
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'
import { runJava } from '../spec/kafka/harness/run-java.js'
import { kafkaVersion } from '../src/protocol/messages/kafka-version.js'
import { kafkaClients } from './messages/kafka-clients.js'

const classPath = await kafkaClients(kafkaVersion)
mkdirSync('spec/vectors', { recursive: true })

for (const [name, program] of Object.entries({ messages: 'MessageVectors', records: 'RecordVectors' })) {
  const { stdout } = await runJava(`spec/kafka/${program}.java`, [], { classPath })
  const lines = Buffer.from(stdout)
  const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: lines.length }
  const compressed = brotliCompressSync(lines, { params })
  writeFileSync(`spec/vectors/${name}.jsonl.br`, compressed)
  console.log(`${name}: ${lines.length} bytes of vectors in ${compressed.length}`)
}
