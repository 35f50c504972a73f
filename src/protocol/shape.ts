import type { ByteReader } from './byte-reader.js'

/** Reads one value and moves on. */
export type Read<T = unknown> = (reader: ByteReader) => T

/** A struct as it is read. */
export type Struct = Record<string, unknown>

/** Makes, of a reader for each field, a reader of the struct that has them. */
export type Shape = (...reads: Read[]) => Read<Struct>
