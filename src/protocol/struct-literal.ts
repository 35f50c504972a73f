import type { ByteReader } from './byte-reader.js'
import { shapes } from './messages/shapes.js'

/** Reads one value and moves on. */
export type Read<T = unknown> = (reader: ByteReader) => T

/** A struct as it is read. */
export type Struct = Record<string, unknown>

/** Makes, of a reader for each field, a reader of the struct that has them. */
export type Shape = (...reads: Read[]) => Read<Struct>

/**
 * Reads a struct, field by field. An object literal takes less than half the time of an object that is filled by name, but
 * its names must stand in the source: the generator writes one for each struct that busy messages repeat.
 */
export function structLiteral(names: readonly string[], reads: readonly Read[]): Read<Struct> {
  const shape = shapes.get(names.join())
  return shape === undefined ? filledByName(names, reads) : shape(...reads)
}

function filledByName(names: readonly string[], reads: readonly Read[]): Read<Struct> {
  return reader => {
    const struct: Struct = {}
    for (let index = 0; index < names.length; index++) struct[names[index] as string] = (reads[index] as Read)(reader)
    return struct
  }
}
