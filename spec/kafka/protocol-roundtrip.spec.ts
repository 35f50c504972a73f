import fc from 'fast-check'
import type { Field, Fields } from 'kafka-rx/protocol'
import { describe, expect, it } from 'vitest'
import { checkDefault, makeDefault } from '../../src/protocol/field-default.js'
import { kafkaVersion } from '../../src/protocol/messages/kafka-version.js'
import { kafkaClients } from '../../tools/messages/kafka-clients.js'
import { arbitraryStruct, isPresent } from '../protocol/arbitrary-message.js'
import { allMessages, type Json } from '../vectors/messages.js'
import { runJava } from './harness/run-java.js'

const { KAFKA_RX_SEED, KAFKA_RX_RUNS } = process.env
const seed = Number(KAFKA_RX_SEED ?? Date.now() & 0x7fffffff)
const numRuns = Number(KAFKA_RX_RUNS ?? 20)

describe(`what we write, as Kafka's own classes read it (KAFKA_RX_SEED=${seed})`, () => {
  it('is read to its end, to the same values, and written back to the same bytes', async () => {
    const sent = [...allMessages().values()].flatMap(message => {
      const versions = Array.from({ length: message.versions.max - message.versions.min + 1 })
      return versions.flatMap((_, index) => {
        const version = message.versions.min + index
        const values = fc.sample(arbitraryStruct(message.fields, version), { seed, numRuns })
        return values.map(value => ({ message, version, value, bytes: message.encode(value as never, version) }))
      })
    })
    const lines = sent.map(({ message, version, bytes }) => `${message.name} ${version} ${bytes.toString('base64')}\n`)
    const options = { classPath: await kafkaClients(kafkaVersion), input: lines.join('') }
    const { stdout } = await runJava('spec/kafka/ReadMessages.java', [], options)
    const read = stdout.trimEnd().split('\n')

    expect(read).toHaveLength(sent.length)
    expect(read.length).toBeGreaterThan(500 * numRuns)
    for (const [index, { message, version, value, bytes }] of sent.entries()) {
      const expected = { value: asJson(message.fields, value, version), left: 0, bytes: bytes.toString('base64') }
      expect(JSON.parse(read[index] as string), `${message.name} v${version}`).toEqual(expected)
    }
  })
})

/** A value as Kafka's converters print it: without what the version lacks or what is tagged and has its default. */
function asJson(fields: Fields, value: unknown, version: number): Json {
  const given = value as Readonly<Record<string, unknown>>
  const present = Object.entries(fields).filter(([name, field]) => {
    return isPresent(field, version) && !(field.tag !== undefined && checkDefault(field)(given[name]))
  })
  return Object.fromEntries(
    present.map(([name, field]) => {
      const ours = given[name] === undefined ? makeDefault(field)() : given[name]
      return [name, fieldAsJson(field, ours, version)]
    }),
  )
}

function fieldAsJson(field: Field, value: unknown, version: number): Json {
  if (value === null) return null
  switch (field.type) {
    case 'array':
      return (value as unknown[]).map(element => fieldAsJson(field.element as Field, element, version))
    case 'struct':
      return asJson(field.fields as Fields, value, version)
    case 'int64':
      return String(value)
    case 'bytes':
      return (value as Buffer).toString('base64')
    case 'records':
      return ''
    default:
      return value as Json
  }
}
