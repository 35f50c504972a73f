import type { Field, Fields } from '../protocol/schema.js'

/** About how many bytes a value will have, whatever it is. */
export type Weigh = (value: unknown) => number

const nothing: Weigh = () => 0
const length: Weigh = value => (typeof value === 'string' || value instanceof Uint8Array ? value.length : 0)

/**
 * What tells about how long a body will be, without encoding it: the bytes of its records, bytes and strings. It will
 * be no shorter, save by what its version leaves out.
 */
export function weigherOf(fields: Fields): Weigh {
  const heavy = Object.entries(fields)
    .map(([name, field]) => ({ name, weigh: weigherOfField(field) }))
    .filter(({ weigh }) => weigh !== nothing)
  if (heavy.length === 0) return nothing
  return value => {
    if (typeof value !== 'object' || value === null) return 0
    let bytes = 0
    for (const { name, weigh } of heavy) bytes += weigh((value as Readonly<Record<string, unknown>>)[name])
    return bytes
  }
}

function weigherOfField({ type, element, fields }: Field): Weigh {
  if (type === 'string' || type === 'bytes' || type === 'records') return length
  if (type === 'struct' && fields !== undefined) return weigherOf(fields)
  if (type !== 'array' || element === undefined) return nothing
  const weigh = weigherOfField(element)
  if (weigh === nothing) return nothing
  return value => {
    if (!Array.isArray(value)) return 0
    let bytes = 0
    for (const item of value) bytes += weigh(item)
    return bytes
  }
}
