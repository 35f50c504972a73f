import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { kafkaVersion } from '../../src/protocol/messages/kafka-version.js'
import { kafkaClassPath, runJava } from '../../tools/messages/class-path.js'

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

  it('is tested with the vectors that Kafka makes of the same release', () => {
    const lines = runJava(kafkaClassPath(kafkaVersion), 'spec/kafka/MessageVectors.java')
    const known = brotliDecompressSync(readFileSync('spec/vectors/messages.jsonl.br'))
    expect(lines.equals(known)).toBe(true)
  })
})

function read(): ReadonlyMap<string, string> {
  const folder = 'src/protocol/messages'
  const files = [...readdirSync(folder).map(file => join(folder, file)), 'src/protocol/error-codes.ts']
  return new Map(files.map(file => [file, readFileSync(file, 'utf8')]))
}
