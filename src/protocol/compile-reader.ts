import type { ByteReader } from './byte-reader.js'
import { Fault, within } from './fault.js'
import { makeDefault } from './field-default.js'
import type { Field, Fields, ScalarType } from './schema.js'
import type { Read, Struct } from './shape.js'
import { structLiteral } from './struct-literal.js'
import { hasVersion, parseVersions } from './versions.js'

/** A reader and the fewest bytes that it can take, by which a claimed length is judged. */
interface SizedRead {
  readonly read: Read
  readonly min: number
}

/** What one version of a message has in common for all its fields. */
interface Scope {
  readonly version: number
  readonly flexible: boolean
  /** Adds the path to a fault. A reader that does not is faster, so only a message that failed is read again like this. */
  readonly traced: boolean
}

/** Makes the reader of a struct in one version: a closure for each field, defaults for those that the version lacks. */
export function compileReader(fields: Fields, scope: Scope): Read {
  return structOf(fields, scope).read
}

function structOf(fields: Fields, scope: Scope): SizedRead {
  const { version, flexible, traced } = scope
  const reads: Read[] = []
  const tagged = new Map<number, Tagged>()
  let min = flexible ? 1 : 0
  for (const [name, field] of Object.entries(fields)) {
    const present = hasVersion(parseVersions(field.versions ?? '0+'), version)
    if (present && field.tag === undefined) {
      const compact = flexible && field.flexible !== false
      const value = fieldOf(field, { ...scope, flexible: compact }, -1)
      reads.push(traced ? traceField(name, value.read) : value.read)
      min += value.min
    } else {
      reads.push(makeDefault(field))
      if (present && field.tag !== undefined) tagged.set(field.tag, { name, read: fieldOf(field, scope, 0).read })
    }
  }
  const untagged = structLiteral(Object.keys(fields), reads)
  if (!flexible) return { read: untagged, min }
  const read: Read = reader => {
    const struct = untagged(reader)
    const count = reader.unsignedVarint()
    if (count > 0) readTagged(reader, count, tagged, struct)
    return struct
  }
  return { read, min }
}

function traceField(name: string, read: Read): Read {
  return reader => {
    try {
      return read(reader)
    } catch (error) {
      throw within(name, error)
    }
  }
}

interface Tagged {
  readonly name: string
  readonly read: Read
}

function readTagged(reader: ByteReader, count: number, known: ReadonlyMap<number, Tagged>, struct: Struct): void {
  for (let index = 0; index < count; index++) {
    const tag = reader.unsignedVarint()
    const size = reader.unsignedVarint()
    const end = reader.take(size) + size
    const field = known.get(tag)
    if (field === undefined) continue
    const outer = reader.end
    reader.position = end - size
    reader.end = end
    try {
      struct[field.name] = field.read(reader)
      if (reader.position !== end)
        throw new Fault(`${end - reader.position} of ${size} bytes are left over`, reader.position)
    } catch (error) {
      throw within(field.name, error)
    }
    reader.end = outer
  }
}

/** `absent` is what stands for null before a struct: 0 among the tagged fields, -1 elsewhere. */
function fieldOf(field: Field, scope: Scope, absent: number): SizedRead {
  const nullable = hasVersion(parseVersions(field.nullable === true ? '0+' : (field.nullable ?? 'none')), scope.version)
  const compact = scope.flexible
  switch (field.type) {
    case 'array':
      return arrayOf(fieldOf(field.element as Field, scope, absent), scope, nullable)
    case 'struct': {
      const struct = structOf(field.fields ?? {}, scope)
      return nullable ? nullableOf(struct.read, absent) : struct
    }
    case 'string':
      return { read: stringOf(compact, nullable), min: compact ? 1 : 2 }
    case 'bytes':
    case 'records':
      return { read: blobOf(compact, nullable), min: compact ? 1 : 4 }
    default:
      return scalars[field.type]
  }
}

const scalars: Record<Exclude<ScalarType, 'string' | 'bytes' | 'records'>, SizedRead> = {
  bool: { read: reader => reader.uint8() !== 0, min: 1 },
  int8: { read: reader => reader.int8(), min: 1 },
  int16: { read: reader => reader.int16(), min: 2 },
  uint16: { read: reader => reader.uint16(), min: 2 },
  int32: { read: reader => reader.int32(), min: 4 },
  uint32: { read: reader => reader.uint32(), min: 4 },
  int64: { read: reader => reader.int64(), min: 8 },
  float64: { read: reader => reader.float64(), min: 8 },
  uuid: { read: reader => reader.uuid(), min: 16 },
}

function stringOf(compact: boolean, nullable: boolean): Read {
  return reader => {
    const length = compact ? reader.unsignedVarint() - 1 : reader.int16()
    return length < 0 ? absentOf(reader, length, nullable) : reader.string(length)
  }
}

function blobOf(compact: boolean, nullable: boolean): Read {
  return reader => {
    const length = compact ? reader.unsignedVarint() - 1 : reader.int32()
    return length < 0 ? absentOf(reader, length, nullable) : reader.slice(length)
  }
}

function arrayOf(element: SizedRead, { flexible: compact, traced }: Scope, nullable: boolean): SizedRead {
  const { read } = element
  const fill = read === scalars.int32.read ? fillInt32s : traced ? fillTraced : fillPlain
  // A version of a struct without any field would take no bytes: count one, as Kafka does, or a length has no bound.
  const min = Math.max(1, element.min)
  const readArray: Read = reader => {
    const length = compact ? reader.unsignedVarint() - 1 : reader.int32()
    if (length < 0) return absentOf(reader, length, nullable)
    // `new Array(0)` takes memory for four elements.
    if (length === 0) return []
    const left = reader.end - reader.position
    if (length * min > left) {
      throw new Fault(`${length} elements of at least ${min} bytes, ${left} are left`, reader.position)
    }
    return fill(new Array<unknown>(length), read, reader)
  }
  return { read: readArray, min: compact ? 1 : 4 }
}

function fillPlain(values: unknown[], read: Read, reader: ByteReader): unknown[] {
  for (let index = 0; index < values.length; index++) values[index] = read(reader)
  return values
}

/** The commonest array of scalars, as replicas are; that there are bytes for all of them has been checked. */
function fillInt32s(values: unknown[], _read: Read, reader: ByteReader): unknown[] {
  const { view } = reader
  let at = reader.take(4 * values.length)
  for (let index = 0; index < values.length; index++, at += 4) values[index] = view.getInt32(at)
  return values
}

function fillTraced(values: unknown[], read: Read, reader: ByteReader): unknown[] {
  let index = 0
  try {
    for (; index < values.length; index++) values[index] = read(reader)
  } catch (error) {
    throw within(index, error)
  }
  return values
}

function nullableOf(read: Read, absent: number): SizedRead {
  const readNullable: Read = reader => {
    const mark = reader.int8()
    if (mark === absent) return null
    if (mark !== 1) throw new Fault(`wants 1 or ${absent} before a struct, got ${mark}`, reader.position - 1)
    return read(reader)
  }
  return { read: readNullable, min: 1 }
}

function absentOf(reader: ByteReader, length: number, nullable: boolean): null {
  if (length !== -1) throw new Fault(`a length of ${length}`, reader.position)
  if (!nullable) throw new Fault('null, which this version does not allow', reader.position)
  return null
}
