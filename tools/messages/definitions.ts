import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { javaProgram } from '../../spec/kafka/harness/run-java.js'

/** A field as Kafka's definitions have it; of its attributes, those that change the bytes. */
export interface FieldDefinition {
  readonly name: string
  readonly type: string
  readonly versions: string
  readonly nullableVersions?: string
  readonly taggedVersions?: string
  readonly flexibleVersions?: string
  readonly tag?: number
  readonly default?: string | number | boolean
  readonly ignorable?: boolean
  readonly fields?: readonly FieldDefinition[]
}

/** A struct that several fields of one message share. */
export interface StructDefinition {
  readonly name: string
  readonly versions: string
  readonly fields: readonly FieldDefinition[]
}

/** One JSON file of Kafka's message definitions. */
export interface MessageDefinition {
  readonly name: string
  readonly type: 'request' | 'response' | 'header' | 'data'
  readonly apiKey?: number
  readonly listeners?: readonly string[]
  readonly validVersions: string
  readonly flexibleVersions: string
  readonly latestVersionUnstable?: boolean
  readonly fields: readonly FieldDefinition[]
  readonly commonStructs?: readonly StructDefinition[]
}

/** All message definitions that a kafka-clients jar ships. */
export function readDefinitions(jar: string): readonly MessageDefinition[] {
  const directory = mkdtempSync(join(tmpdir(), 'kafka-rx-definitions-'))
  try {
    execFileSync(javaProgram('jar'), ['xf', jar, 'common/message'], { cwd: directory })
    const messages = join(directory, 'common', 'message')
    const files = readdirSync(messages).filter(file => file.endsWith('.json'))
    return files.sort().map(file => JSON.parse(withoutComments(readFileSync(join(messages, file), 'utf8'))))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Strings are matched as a whole, so that two slashes inside one are not taken for a comment. */
function withoutComments(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*/g, '$1')
}
