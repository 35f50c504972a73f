import type { ByteWriter } from './byte-writer.js'
import { Fault, within } from './fault.js'
import { checkDefault, makeDefault } from './field-default.js'
import type { Field, Fields, ScalarType } from './schema.js'
import { hasVersion, parseVersions } from './versions.js'

/** Writes one value and moves on. */
export type Write = (writer: ByteWriter, value: unknown) => void

/** Makes the writer of a struct in one version: a closure for each field that it has or must not lose. */
export function compileWriter(fields: Fields, version: number, flexible: boolean): Write {
  const names: string[] = []
  const writes: Write[] = []
  const tagged: Tagged[] = []
  for (const [name, field] of Object.entries(fields)) {
    const present = hasVersion(parseVersions(field.versions ?? '0+'), version)
    if (present && field.tag !== undefined) {
      const write = fieldOf(field, version, true, 0)
      tagged.push({ tag: field.tag, name, isDefault: checkDefault(field), write })
    } else if (present) {
      names.push(name)
      writes.push(optional(field, fieldOf(field, version, flexible && field.flexible !== false, -1)))
    } else if (field.ignorable !== true) {
      names.push(name)
      writes.push(refuseLoss(field, version))
    }
  }
  tagged.sort((a, b) => a.tag - b.tag)
  return structOf(names, writes, flexible ? tagged : undefined)
}

function optional(field: Field, write: Write): Write {
  if (field.versions === undefined) return write
  const makeValue = makeDefault(field)
  return (writer, value) => write(writer, value === undefined ? makeValue() : value)
}

function refuseLoss(field: Field, version: number): Write {
  const isDefault = checkDefault(field)
  return (writer, value) => {
    if (!isDefault(value)) throw new Fault(`version ${version} has no such field; leave it out`, writer.length)
  }
}

type Struct = Readonly<Record<string, unknown>>

function structOf(names: readonly string[], writes: readonly Write[], tagged: readonly Tagged[] | undefined): Write {
  return (writer, value) => {
    if (typeof value !== 'object' || value === null) writer.refuse('an object', value)
    const struct = value as Struct
    let index = 0
    try {
      for (; index < writes.length; index++) (writes[index] as Write)(writer, struct[names[index] as string])
    } catch (error) {
      throw within(names[index] as string, error)
    }
    if (tagged === undefined) return
    if (tagged.length === 0) writer.byte(0)
    else writeTagged(writer, struct, tagged)
  }
}

interface Tagged {
  readonly tag: number
  readonly name: string
  readonly isDefault: (value: unknown) => boolean
  readonly write: Write
}

function writeTagged(writer: ByteWriter, struct: Struct, tagged: readonly Tagged[]): void {
  let count = 0
  for (const { name, isDefault } of tagged) if (!isDefault(struct[name])) count++
  writer.unsignedVarint(count)
  if (count === 0) return
  for (const { tag, name, isDefault, write } of tagged) {
    const value = struct[name]
    if (isDefault(value)) continue
    writer.unsignedVarint(tag)
    try {
      writer.sized(write, value)
    } catch (error) {
      throw within(name, error)
    }
  }
}

/** `absent` is what stands for null before a struct: 0 among the tagged fields, -1 elsewhere. */
function fieldOf(field: Field, version: number, compact: boolean, absent: number): Write {
  const write = presentOf(field, version, compact, absent)
  if (!hasVersion(parseVersions(field.nullable === true ? '0+' : (field.nullable ?? 'none')), version)) return write
  const writeNull = nullOf(field, compact, absent)
  if (field.type !== 'struct') return (writer, value) => (value === null ? writeNull(writer) : write(writer, value))
  return (writer, value) => {
    if (value === null) return writeNull(writer)
    writer.byte(1)
    write(writer, value)
  }
}

function nullOf(field: Field, compact: boolean, absent: number): (writer: ByteWriter) => void {
  if (field.type === 'struct') return writer => writer.byte(absent & 0xff)
  if (compact) return writer => writer.byte(0)
  return field.type === 'string' ? writer => writer.int16(-1) : writer => writer.int32(-1)
}

function presentOf(field: Field, version: number, compact: boolean, absent: number): Write {
  switch (field.type) {
    case 'array':
      return arrayOf(fieldOf(field.element as Field, version, compact, absent), compact)
    case 'struct':
      return compileWriter(field.fields ?? {}, version, compact)
    case 'string':
      return (writer, value) => writer.string(value, compact)
    case 'bytes':
    case 'records':
      return (writer, value) => writer.blob(value, compact)
    default:
      return scalars[field.type]
  }
}

function arrayOf(write: Write, compact: boolean): Write {
  return (writer: ByteWriter, values: unknown) => {
    if (!Array.isArray(values)) writer.refuse('an array', values)
    const { length } = values
    if (compact) writer.unsignedVarint(length + 1)
    else writer.int32(length)
    let index = 0
    try {
      for (; index < length; index++) write(writer, values[index])
    } catch (error) {
      throw within(index, error)
    }
  }
}

const scalars: Record<Exclude<ScalarType, 'string' | 'bytes' | 'records'>, Write> = {
  bool: (writer, value) => writer.bool(value),
  int8: (writer, value) => writer.int8(value),
  int16: (writer, value) => writer.int16(value),
  uint16: (writer, value) => writer.uint16(value),
  int32: (writer, value) => writer.int32(value),
  uint32: (writer, value) => writer.uint32(value),
  int64: (writer, value) => writer.int64(value),
  float64: (writer, value) => writer.float64(value),
  uuid: (writer, value) => writer.uuid(value),
}
