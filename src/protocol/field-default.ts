import type { Field, Fields } from './schema.js'
import type { Struct } from './shape.js'
import { structLiteral } from './struct-literal.js'
import { zeroUuid } from './uuid.js'

const none = Buffer.alloc(0)

/** Makes the value that a reader gets from a version without the field: arrays and structs are new each time. */
export function makeDefault(field: Field): () => unknown {
  if (field.default !== undefined) return constant(field.default)
  switch (field.type) {
    case 'array':
      return () => []
    case 'struct':
      return makeDefaults(field.fields ?? {})
    case 'bool':
      return constant(false)
    case 'int64':
      return constant(0n)
    case 'string':
      return constant('')
    case 'uuid':
      return constant(zeroUuid)
    case 'bytes':
      return constant(none)
    case 'records':
      return constant(null)
    default:
      return constant(0)
  }
}

/** Whether a value may be left out of a message without loss; undefined, which was never given, always may. */
export function checkDefault(field: Field): (value: unknown) => boolean {
  const { default: wanted = field.type === 'records' ? null : undefined } = field
  if (wanted !== undefined) return value => value === undefined || value === wanted
  switch (field.type) {
    case 'array':
      return value => value === undefined || (Array.isArray(value) && value.length === 0)
    case 'bytes':
      return value => value === undefined || (value instanceof Uint8Array && value.length === 0)
    case 'struct':
      return checkDefaults(field.fields ?? {})
    default: {
      const value = makeDefault(field)()
      return given => given === undefined || given === value
    }
  }
}

function constant(value: unknown): () => unknown {
  return () => value
}

function makeDefaults(fields: Fields): () => unknown {
  // What is made of makers that take nothing takes nothing.
  return structLiteral(Object.keys(fields), Object.values(fields).map(makeDefault)) as unknown as () => Struct
}

function checkDefaults(fields: Fields): (value: unknown) => boolean {
  const checks = Object.entries(fields).map(([name, field]) => [name, checkDefault(field)] as const)
  return value => {
    if (typeof value !== 'object' || value === null) return value === undefined
    const struct = value as Record<string, unknown>
    return checks.every(([name, isDefault]) => isDefault(struct[name]))
  }
}
