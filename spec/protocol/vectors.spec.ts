import { apis, type Field, type Fields } from 'kafka-rx/protocol'
import { describe, expect, it } from 'vitest'
import { makeDefault } from '../../src/protocol/field-default.js'
import { allMessages, type Defaults, type Json, readVectors } from '../vectors/messages.js'

const { facts, defaults, vectors } = readVectors()
const messages = allMessages()

describe("what Kafka's own classes say", () => {
  it('has every API of the client listener of a 4.4 broker, with its key, versions and headers', () => {
    expect(facts).toHaveLength(79)
    const ours = [...apis.values()].map(({ name, key, versions: { min, max, stable }, ...api }) => {
      const versions = Array.from({ length: max - min + 1 }, (_, index) => min + index)
      const headers = versions.map(v => [api.requestHeaderVersion(v), api.responseHeaderVersion(v)])
      return { api: name, key, min, max, stable, headers }
    })
    expect(new Map(ours.map(api => [api.key, api]))).toEqual(new Map(facts.map(api => [api.key, api])))
  })

  it('knows every message and no other', () => {
    expect([...messages.keys()].sort()).toEqual([...vectors.keys()].sort())
    expect(messages.size).toBe(2 * 79 + 4)
  })

  it.each([...messages.values()])('has vectors of every version of $name', ({ name, versions: { min, max } }) => {
    const seen = new Set(vectors.get(name)?.map(({ version }) => version))
    expect([...seen]).toEqual(Array.from({ length: max - min + 1 }, (_, index) => min + index))
  })

  it.each([...messages.values()])('gives the same defaults for what a version of $name lacks', ({ name, fields }) => {
    expectDefaults(fields, defaults.get(name) ?? {})
  })

  it.each([...messages.values()])('reads the same values from every $name', message => {
    for (const { version, bytes, value } of vectors.get(message.name) ?? []) {
      const decoded = message.decode(Buffer.from(bytes, 'base64'), version)
      expect(decoded, `v${version} of ${bytes}`).toEqual(expectedOf(message.fields, value, decoded))
    }
  })

  it.each([...messages.values()])('writes the same bytes for every $name', message => {
    for (const { version, bytes } of vectors.get(message.name) ?? []) {
      const decoded = message.decode(Buffer.from(bytes, 'base64'), version)
      expect(message.encode(decoded as never, version).toString('base64'), `v${version}`).toBe(bytes)
    }
  })
})

type Struct = Record<string, unknown>

/** The JSON as we have it: what it leaves out is the default, and what it says nothing of is taken as it is. */
function expectedOf(fields: Fields, json: Json, decoded: unknown): Struct {
  const given = json as Readonly<Record<string, Json>>
  const unknown = Object.keys(given).filter(name => !(name in fields))
  expect(unknown, 'fields that we do not have').toEqual([])
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const value = given[name]
      const ours = (decoded as Struct)[name]
      return [name, value === undefined ? makeDefault(field)() : fieldOf(field, value, ours)]
    }),
  )
}

function fieldOf(field: Field, json: Json, decoded: unknown): unknown {
  if (json === null) return null
  switch (field.type) {
    case 'array':
      return (json as Json[]).map((value, index) =>
        fieldOf(field.element as Field, value, (decoded as unknown[])[index]),
      )
    case 'struct':
      return expectedOf(field.fields as Fields, json, decoded)
    case 'int64':
      return BigInt(json as string)
    case 'bytes':
      return Buffer.from(json as string, 'base64')
    case 'records':
      // The JSON leaves them empty; that they are right is shown by the bytes that come back.
      return expect.any(Buffer)
    default:
      return json
  }
}

function expectDefaults(fields: Fields, java: Defaults): void {
  for (const [name, field] of Object.entries(fields)) {
    expect(java, name).toHaveProperty(name)
    expect(textOf(makeDefault(field)()), name).toBe(java[name]?.default?.replace(/[.]0$/, '') ?? null)
    const inner = field.fields ?? field.element?.fields
    if (inner !== undefined) expectDefaults(inner, java[name]?.fields ?? {})
  }
}

function textOf(value: unknown): string | null {
  if (value === null) return null
  if (Buffer.isBuffer(value)) return `${value.length} bytes`
  if (Array.isArray(value)) return `${value.length} elements`
  return typeof value === 'object' ? 'struct' : String(value)
}
