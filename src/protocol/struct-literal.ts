import { shapes } from './messages/shapes.js'
import type { Read, Struct } from './shape.js'

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
