import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { kafkaVersion } from '../../src/protocol/messages/kafka-version.js'
import { kafkaClients } from '../../tools/messages/kafka-clients.js'
import { runJava } from './harness/run-java.js'

describe('what is generated', () => {
  it('is what the jar of Kafka says: generating again changes no file', () => {
    const before = read()
    try {
      execFileSync('npm', ['run', '--silent', 'generate-messages'], { stdio: 'pipe' })
      expect(read()).toEqual(before)
    } finally {
      for (const [file, text] of before) writeFileSync(file, text)
    }
  })

  it('is tested with the vectors that Kafka makes of the same release', async () => {
    const classPath = await kafkaClients(kafkaVersion)
    const { stdout } = await runJava('spec/kafka/MessageVectors.java', [], { classPath })
    const known = brotliDecompressSync(readFileSync('spec/vectors/messages.jsonl.br'))
    expect(Buffer.from(stdout).equals(known)).toBe(true)
  })
})

function read(): ReadonlyMap<string, string> {
  const folder = 'src/protocol/messages'
  const files = [
    ...readdirSync(folder).map(file => join(folder, file)),
    'src/protocol/error-codes.ts',
    'src/errors/broker-error-name.ts',
  ]
  return new Map(files.map(file => [file, readFileSync(file, 'utf8')]))
}
