import { ArgumentError, ProtocolError } from '../errors.js'
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { compileReader } from './compile-reader.js'
import { compileWriter, type Write } from './compile-writer.js'
import { Fault } from './fault.js'
import type { Decoded, Encodable, Fields } from './schema.js'
import type { Read } from './shape.js'
import { parseVersions } from './versions.js'

/** The versions of a message, lowest and highest included. */
export interface Versions {
  /** The lowest that Kafka still speaks. */
  readonly min: number
  /** The highest that is defined, released or not. */
  readonly max: number
  /** The highest that is released: one above it may still change, and a broker offers it only when told to. */
  readonly stable: number
}

/**
 * One message in all its versions, both ways. `Out` is what decoding gives, `In` what encoding takes.
 *
 * Its functions are properties, not methods, so that TypeScript holds `In` to what it is.
 */
export interface Message<In = never, Out = unknown> {
  /** As Kafka names it: `MetadataResponse`. */
  readonly name: string
  readonly versions: Versions
  /** The first version with compact lengths and tagged fields; Infinity when there is none. */
  readonly flexibleFrom: number
  /** The declaration from which all else follows. */
  readonly fields: Fields
  /**
   * Writes `value` as `version` has it. A field that the version lacks is left out when it is the default or ignorable.
   *
   * @throws {ProtocolError} when a value is of the wrong type or out of range, or the version would lose it
   * @throws {ArgumentError} when there is no such version
   */
  readonly encode: (value: In, version: number) => Buffer
  /**
   * The same bytes in parts: `bytes` and `records` of 4 KiB and more are parts of their own, which are what was given, not
   * copies, and must not change until the parts have been used. No part is empty, so an empty message has none.
   *
   * @throws {ProtocolError} as {@link Message.encode} does
   * @throws {ArgumentError} when there is no such version
   */
  readonly encodeParts: (value: In, version: number) => readonly Buffer[]
  /**
   * Reads all of `bytes`; what is bytes or records is a view of them. Unknown tagged fields are skipped.
   *
   * @throws {ProtocolError} when the bytes end early, go on, or are not what the version says
   * @throws {ArgumentError} when there is no such version
   */
  readonly decode: (bytes: Uint8Array, version: number) => Out
  /** As {@link Message.decode}, for a message with more behind it, as a header is: `rest` is a view of that. */
  readonly decodePrefix: (bytes: Uint8Array, version: number) => { readonly value: Out; readonly rest: Buffer }
}

/** What is declared of a message beside its fields. */
export interface MessageOptions {
  readonly name: string
  /** `'0-13'`. */
  readonly versions: string
  /** The highest version, when it is not released yet. */
  readonly unstable?: number
  /** `'9+'` or `'none'`. */
  readonly flexible: string
}

/** The most that stays allocated between messages. Large blobs do not count: they are never copied there. */
const maxScratchBytes = 1024 * 1024

/** Where messages are written before they are copied out, exactly as long as they are: one for all, as writing is synchronous. */
let scratch: ByteWriter | undefined

/** Makes a message of its declaration. Nothing is compiled here: each version is, each way, when it is first used. */
export function message<const F extends Fields>(options: MessageOptions, fields: F): Message<Encodable<F>, Decoded<F>> {
  const { name } = options
  const { min, max } = parseVersions(options.versions)
  const versions: Versions = { min, max, stable: options.unstable === undefined ? max : options.unstable - 1 }
  const flexibleFrom = parseVersions(options.flexible).min
  const reads = new Map<number, Read>()
  const tracedReads = new Map<number, Read>()
  const writes = new Map<number, Write>()
  function readerOf(version: number, cache: Map<number, Read>): Read {
    const flexible = isFlexible(version)
    const read = compileReader(fields, { version, flexible, traced: cache === tracedReads })
    cache.set(version, read)
    return read
  }

  function writerOf(version: number): Write {
    const write = compileWriter(fields, version, isFlexible(version))
    writes.set(version, write)
    return write
  }

  function isFlexible(version: number): boolean {
    if (!Number.isInteger(version) || version < min || version > max) {
      throw new ArgumentError(`${name} has the versions ${min} to ${max}, not ${String(version)}`)
    }
    return version >= flexibleFrom
  }

  function write<T>(value: unknown, version: number, take: (writer: ByteWriter) => T): T {
    const writeValue = writes.get(version) ?? writerOf(version)
    // Taken meanwhile: a getter of what is written may write another message.
    const writer = scratch ?? new ByteWriter(4096)
    scratch = undefined
    try {
      writeValue(writer, value)
      return take(writer)
    } catch (error) {
      throw failure(name, version, error)
    } finally {
      writer.reset()
      if (writer.bytes.length <= maxScratchBytes) scratch = writer
    }
  }

  function begin(bytes: Uint8Array): ByteReader {
    if (!(bytes instanceof Uint8Array)) throw new ArgumentError(`${name}: wants bytes to decode, got ${typeof bytes}`)
    return new ByteReader(bytes)
  }

  function read(reader: ByteReader, version: number, whole: boolean): Decoded<F> {
    const readValue = reads.get(version) ?? readerOf(version, reads)
    try {
      const value = readValue(reader)
      const left = reader.end - reader.position
      if (whole && left > 0) throw new Fault(`${left} bytes are left over`, reader.position)
      return value as Decoded<F>
    } catch (error) {
      throw failure(name, version, error instanceof Fault ? trace(reader.bytes, version, error) : error)
    }
  }

  /** Reads once more what could not be read, to find the path. */
  function trace(bytes: Buffer, version: number, untraced: Fault): unknown {
    try {
      const readValue = tracedReads.get(version) ?? readerOf(version, tracedReads)
      readValue(new ByteReader(bytes))
      return untraced
    } catch (error) {
      return error
    }
  }

  return {
    name,
    versions,
    flexibleFrom,
    fields,
    encode: (value, version) => write(value, version, writer => writer.toBuffer()),
    encodeParts: (value, version) => write(value, version, writer => writer.toParts()),
    decode: (bytes, version) => read(begin(bytes), version, true),
    decodePrefix(bytes, version) {
      const reader = begin(bytes)
      const value = read(reader, version, false)
      return { value, rest: reader.bytes.subarray(reader.position) }
    },
  }
}

function failure(api: string, version: number, error: unknown): unknown {
  if (!(error instanceof Fault)) return error
  const { path, reason, offset } = error
  const where = path === '' ? '' : ` ${path},`
  return new ProtocolError(`${api} v${version}:${where} at byte ${offset}: ${reason}`, { api, version, path, offset })
}
