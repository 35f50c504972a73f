/**
 * Writes `spec/vectors/`: messages of every API and version, record batches of every format and compression, and
 * assignments of groups, as Kafka's own Java classes make and read them. `README.md`, `records.md` and `assignments.md`
 * there say what is in them.
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

const programs = [
  { name: 'messages', program: 'MessageVectors', args: [] },
  { name: 'records', program: 'RecordVectors', args: [] },
  { name: 'assignments', program: 'AssignmentVectors', args: ['1', '2500'] },
]

for (const { name, program, args } of programs) {
  const { stdout } = await runJava(`spec/kafka/${program}.java`, args, { classPath })
  const lines = Buffer.from(stdout)
  const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: lines.length }
  const compressed = brotliCompressSync(lines, { params })
  writeFileSync(`spec/vectors/${name}.jsonl.br`, compressed)
  console.log(`${name}: ${lines.length} bytes of vectors in ${compressed.length}`)
}
