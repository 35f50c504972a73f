import fc, { type Arbitrary } from 'fast-check'
import type { Field, Fields } from 'kafka-rx/protocol'
import { makeDefault } from '../../src/protocol/field-default.js'
import { hasVersion, parseVersions } from '../../src/protocol/versions.js'

/** Whether `version` has the field. */
export function isPresent(field: Field, version: number): boolean {
  return hasVersion(parseVersions(field.versions ?? '0+'), version)
}

/**
 * Values that `version` can carry: what it lacks is left out or the default, or anything where it may be dropped; what it
 * has may be left out where the types allow it.
 */
export function arbitraryStruct(fields: Fields, version: number): Arbitrary<Record<string, unknown>> {
  const all = Object.entries(fields).map(([name, field]) => [name, arbitraryField(field, version)] as const)
  const mayLack = (field: Field) => field.versions !== undefined || field.tag !== undefined
  const required = Object.keys(fields).filter(name => !mayLack(fields[name] as Field))
  return fc.record(Object.fromEntries(all), { requiredKeys: required, noNullPrototype: true })
}

function arbitraryField(field: Field, version: number): Arbitrary<unknown> {
  if (!isPresent(field, version) && !field.ignorable) return fc.constant(makeDefault(field)())
  const nullable = field.nullable === true || hasVersion(parseVersions(field.nullable ?? 'none'), version)
  const value = arbitraryValue(field, version)
  if (nullable) return fc.option(value, { nil: null })
  const { default: common } = field
  return common === undefined || common === null ? value : fc.oneof(value, fc.constant(common))
}

function arbitraryValue(field: Field, version: number): Arbitrary<unknown> {
  switch (field.type) {
    case 'bool':
      return fc.boolean()
    case 'int8':
      return fc.integer({ min: -0x80, max: 0x7f })
    case 'int16':
      return fc.integer({ min: -0x8000, max: 0x7fff })
    case 'uint16':
      return fc.integer({ min: 0, max: 0xffff })
    case 'int32':
      return fc.integer({ min: -0x80000000, max: 0x7fffffff })
    case 'uint32':
      return fc.integer({ min: 0, max: 0xffffffff })
    case 'int64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    case 'float64':
      return fc.double({ noNaN: true, noDefaultInfinity: true })
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map(bytes => Buffer.from(bytes).toString('base64url'))
    case 'string':
      return fc.oneof({ weight: 20, arbitrary: text }, { weight: 1, arbitrary: longText })
    case 'bytes':
    case 'records':
      return fc.uint8Array({ maxLength: 200, size: 'small' }).map(bytes => Buffer.from(bytes))
    case 'array':
      return fc.array(arbitraryValue(field.element as Field, version), { maxLength: 5, size: 'small' })
    default:
      return arbitraryStruct(field.fields ?? {}, version)
  }
}

const text = fc.string({ unit: 'binary' })
const longText = fc.string({ minLength: 100, maxLength: 300 })
