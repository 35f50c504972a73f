/**
 * Writes `spec/vectors/messages.jsonl.br`: messages of every API and version as Kafka's own Java classes make and read
 * them. `spec/vectors/README.md` says what is in it.
 *
 *     npm run generate-vectors
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'
import { runJava } from '../spec/kafka/harness/run-java.js'
import { kafkaVersion } from '../src/protocol/messages/kafka-version.js'
import { kafkaClients } from './messages/kafka-clients.js'

const classPath = await kafkaClients(kafkaVersion)
const { stdout } = await runJava('spec/kafka/MessageVectors.java', [], { classPath })
const lines = Buffer.from(stdout)
const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: lines.length }
const compressed = brotliCompressSync(lines, { params })

mkdirSync('spec/vectors', { recursive: true })
writeFileSync('spec/vectors/messages.jsonl.br', compressed)
console.log(`${lines.length} bytes of vectors in ${compressed.length}`)
