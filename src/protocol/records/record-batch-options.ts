import { ArgumentError } from '../../errors.js'
import { compressions } from './compression/compression.js'
import type { NewRecord, RecordBatchOptions } from './record-batch-writer.js'

/**
 * Checks what a batch's header would otherwise not hold.
 *
 * @throws {ArgumentError} naming the option
 */
export function checkBatchOptions(options: RecordBatchOptions): void {
  const { compression, compressionLevel, maxBytes, lastOffset, baseOffset = 0n } = options
  if (compression !== undefined && !compressions.includes(compression)) {
    throw new ArgumentError(`compression must be one of ${compressions.join(', ')}, not ${compression}`)
  }
  if (compressionLevel !== undefined) checkLevel(compression, compressionLevel)
  if (maxBytes !== undefined && !(typeof maxBytes === 'number' && maxBytes > 0)) {
    throw new ArgumentError(`maxBytes must be a positive number, not ${maxBytes}`)
  }
  const { timestampType = 'createTime' } = options
  if (timestampType !== 'createTime' && timestampType !== 'logAppendTime') {
    throw new ArgumentError(`timestampType must be createTime or logAppendTime, not ${String(timestampType)}`)
  }
  for (const name of ['isTransactional', 'isControl'] as const) {
    const flag = options[name] ?? false
    if (typeof flag !== 'boolean') throw new ArgumentError(`${name} must be true or false, not ${String(flag)}`)
  }
  for (const name of ['baseOffset', 'lastOffset', 'maxTimestamp', 'deleteHorizon', 'producerId'] as const) {
    checkInt(name, options[name], 64)
  }
  checkInt('producerEpoch', options.producerEpoch, 16)
  checkInt('baseSequence', options.baseSequence, 32)
  checkInt('partitionLeaderEpoch', options.partitionLeaderEpoch, 32)
  if (lastOffset !== undefined && lastOffset < baseOffset) {
    throw new ArgumentError(`lastOffset ${lastOffset} is before baseOffset ${baseOffset}`)
  }
}

/**
 * Checks that a record is what its type says: a string in place of bytes would be written as so many zeros. Says nothing
 * of what a key or a value is.
 *
 * @throws {ArgumentError} naming the part
 */
export function checkRecord(record: NewRecord): void {
  if (typeof record !== 'object' || record === null) refuse('a record', 'an object', record)
  const { key, value, headers, timestamp, offset } = record
  if (typeof timestamp !== 'bigint') refuse('timestamp', 'a bigint', timestamp)
  if (offset !== undefined && typeof offset !== 'bigint') refuse('offset', 'a bigint', offset)
  if (!isBytesOrAbsent(key)) refuse('key', 'bytes or null', key)
  if (!isBytesOrAbsent(value)) refuse('value', 'bytes or null', value)
  if (headers !== undefined) checkHeaders(headers)
}

function checkHeaders(headers: NonNullable<NewRecord['headers']>): void {
  if (!Array.isArray(headers)) refuse('headers', 'an array', headers)
  for (const [index, header] of headers.entries()) {
    if (typeof header !== 'object' || header === null) refuse(`headers[${index}]`, 'an object', header)
    const { key, value } = header
    if (typeof key !== 'string') refuse(`headers[${index}].key`, 'a string', key)
    if (!isBytesOrAbsent(value)) refuse(`headers[${index}].value`, 'bytes or null', value)
  }
}

/** Views of single bytes; `instanceof`, asked of each record, would take a tenth of its time. */
function isBytesOrAbsent(value: unknown): boolean {
  if (value === null || value === undefined) return true
  return ArrayBuffer.isView(value) && (value as Uint8Array).length === value.byteLength
}

function refuse(name: string, wanted: string, value: unknown): never {
  throw new ArgumentError(`${name} must be ${wanted}, not ${value === null ? 'null' : typeof value}`)
}

/** @throws {ArgumentError} when the value, if there is one, is no integer of that many bits */
export function checkInt(name: string, value: bigint | number | null | undefined, bits: number): void {
  if (value === undefined || value === null) return
  const limit = 2 ** (bits - 1)
  const isInteger = bits === 64 ? typeof value === 'bigint' : Number.isInteger(value)
  if (!isInteger || value < -limit || value >= limit) {
    throw new ArgumentError(`${name} must be an int${bits}, not ${value}`)
  }
}

function checkLevel(compression: RecordBatchOptions['compression'], level: number): void {
  const highest = compression === 'gzip' ? 9 : compression === 'zstd' ? 22 : 0
  if (highest === 0) throw new ArgumentError(`compressionLevel: ${compression ?? 'none'} has no levels`)
  if (!(Number.isInteger(level) && level >= 1 && level <= highest)) {
    throw new ArgumentError(`compressionLevel of ${compression} must be 1 to ${highest}, not ${level}`)
  }
}
