import zlib from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ArgumentError, CompressionError } from '../../../src/errors.js'
import {
  type NewRecord,
  type RecordBatch,
  RecordBatchWriter,
  recordBatches,
} from '../../../src/protocol/records/index.js'
import { plain, readVectors } from './vectors.js'

/** A batch written again, from what was read of it. */
function rewrite(batch: RecordBatch): Buffer {
  const { timestampType, ...options } = fields(batch)
  if (timestampType === 'none') throw new Error('not of magic 2')
  const writer = new RecordBatchWriter({ ...options, timestampType })
  const isAppendTime = timestampType === 'logAppendTime'
  for (const { offset, timestamp, key, value, headers } of batch) {
    writer.append({ offset, timestamp: isAppendTime ? 0n : timestamp, key, value, headers })
  }
  return writer.close()
}

function fields(batch: RecordBatch) {
  const { baseOffset, lastOffset, compression, timestampType, maxTimestamp, producerId, producerEpoch } = batch
  const { baseSequence, isTransactional, isControl, partitionLeaderEpoch, deleteHorizon } = batch
  const producer = { producerId, producerEpoch, baseSequence }
  const attributes = { compression, timestampType, isTransactional, isControl, partitionLeaderEpoch, deleteHorizon }
  return { baseOffset, lastOffset, maxTimestamp, ...producer, ...attributes }
}

/** The first zstd of node's own is in 22.15. */
const writesZstd = 'zstdCompressSync' in zlib

const magic2 = readVectors().filter(({ batches }) => batches.some(batch => batch.magic === 2))
const isExact = (batch: RecordBatch) => batch.compression === 'none' && batch.timestampType === 'createTime'

describe('RecordBatchWriter', () => {
  it.each(magic2.map(vector => [vector.name, vector] as const))('writes what Java wrote: %s', (_, vector) => {
    for (const batch of recordBatches(vector.bytes)) {
      if (batch.magic !== 2) continue
      if (batch.compression === 'zstd' && !writesZstd) {
        expect(() => rewrite(batch)).toThrow(CompressionError)
        continue
      }
      const written = rewrite(batch)
      const withoutSize = (batches: Iterable<RecordBatch>) => plain(batches).map(p => ({ ...p, sizeInBytes: 0 }))
      expect(withoutSize(recordBatches(written))).toEqual(withoutSize([batch]))
      if (isExact(batch)) expect(vector.bytes.includes(written)).toBe(true)
    }
  })
})

describe('the size', () => {
  const records = [100, 0, 1, 63, 64, 8191, 20, 70_000, 5].map((length, i) => ({
    key: i % 2 === 0 ? null : Buffer.alloc(i),
    value: Buffer.alloc(length, 1),
    timestamp: BigInt(i * i * 5000),
    headers: Array.from({ length: i % 3 }, () => ({ key: 'h\u00e9'.repeat(i), value: Buffer.alloc(i) })),
  }))

  it('of a record is known before it is added', () => {
    const writer = new RecordBatchWriter()
    for (const record of records) {
      const [before, size] = [writer.sizeInBytes, writer.sizeOf(record)]
      expect(writer.append(record)).toBe(true)
      expect(writer.sizeInBytes).toBe(before + size)
    }
    expect(writer.recordCount).toBe(records.length)
    expect(writer.close().length).toBe(writer.sizeInBytes)
  })

  it('does not exceed maxBytes, to the byte', () => {
    const all = new RecordBatchWriter()
    for (const record of records.slice(0, 3)) all.append(record)
    const fill = (maxBytes: number) => {
      const writer = new RecordBatchWriter({ maxBytes })
      return records.slice(0, 3).map(record => writer.append(record))
    }
    expect(fill(all.sizeInBytes)).toEqual([true, true, true])
    expect(fill(all.sizeInBytes - 1)).toEqual([true, true, false])
  })

  it('of the first record is taken, whatever it is', () => {
    const writer = new RecordBatchWriter({ maxBytes: 100 })
    expect(writer.append({ value: Buffer.alloc(1000), timestamp: 0n })).toBe(true)
    expect(writer.append({ timestamp: 0n })).toBe(false)
    expect(Array.from(recordBatches(writer.close()), batch => Array.from(batch).length)).toEqual([1])
  })

  it('counts what a record that did not fit left behind for nothing', () => {
    const writer = new RecordBatchWriter({ maxBytes: 200 })
    writer.append({ value: Buffer.from('a'), timestamp: 5n })
    expect(writer.append({ value: Buffer.alloc(200), timestamp: 999n })).toBe(false)
    expect(writer.append({ value: Buffer.from('b'), timestamp: 6n })).toBe(true)
    const [batch] = recordBatches(writer.close())
    expect([batch?.maxTimestamp, batch?.lastOffset]).toEqual([6n, 1n])
  })
})

describe('close', () => {
  it('ends it: nothing is added, and the bytes are the same', () => {
    const writer = new RecordBatchWriter()
    writer.append({ value: Buffer.from('a'), timestamp: 0n })
    const bytes = writer.close()
    expect(writer.append({ value: Buffer.from('b'), timestamp: 0n })).toBe(false)
    expect(writer.close()).toBe(bytes)
  })

  it('takes who produced it, which may only be known then', () => {
    const writer = new RecordBatchWriter({ producerId: 1n, isTransactional: true })
    writer.append({ timestamp: 0n })
    const [batch] = recordBatches(writer.close({ producerId: 7n, producerEpoch: 2, baseSequence: 40 }))
    expect(batch).toMatchObject({ producerId: 7n, producerEpoch: 2, baseSequence: 40, isTransactional: true })
  })

  it('without a record gives an empty batch', () => {
    const [batch] = recordBatches(new RecordBatchWriter({ compression: 'gzip' }).close())
    expect(batch).toMatchObject({ compression: 'none', maxTimestamp: -1n, baseOffset: 0n, lastOffset: 0n })
    expect(Array.from(batch ?? [])).toEqual([])
  })
})

describe('what cannot be written is refused', () => {
  it.each([
    [{ compression: 'brotli' }, 'compression must be one of none, gzip, snappy, lz4, zstd, not brotli'],
    [{ compression: 'gzip', compressionLevel: 10 }, 'compressionLevel of gzip must be 1 to 9, not 10'],
    [{ compression: 'zstd', compressionLevel: 23 }, 'compressionLevel of zstd must be 1 to 22, not 23'],
    [{ compression: 'lz4', compressionLevel: 1 }, 'compressionLevel: lz4 has no levels'],
    [{ maxBytes: 0 }, 'maxBytes must be a positive number, not 0'],
    [{ maxBytes: '5' }, 'maxBytes must be a positive number, not 5'],
    [{ timestampType: 'none' }, 'timestampType must be createTime or logAppendTime, not none'],
    [{ isTransactional: 1 }, 'isTransactional must be true or false, not 1'],
    [{ isControl: 'yes' }, 'isControl must be true or false, not yes'],
    [{ producerEpoch: 32768 }, 'producerEpoch must be an int16, not 32768'],
    [{ baseSequence: 1.5 }, 'baseSequence must be an int32, not 1.5'],
    [{ baseOffset: 2n ** 63n }, 'baseOffset must be an int64, not 9223372036854775808'],
    [{ producerId: 5 }, 'producerId must be an int64, not 5'],
    [{ baseOffset: 9n, lastOffset: 8n }, 'lastOffset 8 is before baseOffset 9'],
  ])('%o', (options, message) => {
    const refused = () => new RecordBatchWriter(options as object)
    expect(refused).toThrow(ArgumentError)
    expect(refused).toThrow(message)
  })

  it.each<[NewRecord, string]>([
    [{ timestamp: 0n, offset: 10n }, 'offset 10 does not come after 10, that of the record before'],
    [{ timestamp: 0n, offset: 9n }, 'an offset -1 after the first of the batch'],
    [{ timestamp: 0n, offset: 10n + 2n ** 31n }, 'an offset 2147483648 after the first of the batch'],
    [{ timestamp: 2n ** 63n }, 'timestamp must be an int64'],
  ])('a record with %o', (record, message) => {
    const writer = new RecordBatchWriter({ baseOffset: 10n })
    writer.append({ timestamp: 0n })
    expect(() => writer.append(record)).toThrow(ArgumentError)
    expect(() => writer.sizeOf(record)).toThrow(message)
    expect(writer.recordCount).toBe(1)
  })

  // Without types: a string in place of bytes would go out as zeros.
  it.each([
    [undefined, 'a record must be an object, not undefined'],
    [{}, 'timestamp must be a bigint, not undefined'],
    [{ timestamp: 1700000000000 }, 'timestamp must be a bigint, not number'],
    [{ timestamp: 0n, offset: 5 }, 'offset must be a bigint, not number'],
    [{ timestamp: 0n, key: 'secret' }, 'key must be bytes or null, not string'],
    [{ timestamp: 0n, value: 'secret' }, 'value must be bytes or null, not string'],
    [{ timestamp: 0n, value: { length: 3 } }, 'value must be bytes or null, not object'],
    [{ timestamp: 0n, value: new Uint16Array(3) }, 'value must be bytes or null, not object'],
    [{ timestamp: 0n, value: new DataView(new ArrayBuffer(3)) }, 'value must be bytes or null, not object'],
    [{ timestamp: 0n, headers: {} }, 'headers must be an array, not object'],
    [{ timestamp: 0n, headers: [null] }, 'headers[0] must be an object, not null'],
    [{ timestamp: 0n, headers: [{ key: null, value: null }] }, 'headers[0].key must be a string, not null'],
    [{ timestamp: 0n, headers: [{ key: 'k', value: 'v' }] }, 'headers[0].value must be bytes or null, not string'],
  ])('a record of other types than it must have, %o', (record, message) => {
    const writer = new RecordBatchWriter()
    const empty = new RecordBatchWriter().close()
    expect(() => writer.append(record as never)).toThrow(new ArgumentError(message))
    expect(() => writer.sizeOf(record as never)).toThrow(new ArgumentError(message))
    expect(writer.close()).toEqual(empty)
  })
})

it('reads what it wrote, whatever it was', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array)))
  const record = fc.record({
    key: bytes,
    value: bytes,
    timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    headers: fc.array(fc.record({ key: fc.string({ unit: 'binary' }), value: bytes }), { maxLength: 4 }),
  })
  const compression = fc.constantFrom('none', 'gzip', 'snappy', 'lz4')
  fc.assert(
    fc.property(fc.array(record, { minLength: 1 }), compression, (records, compression) => {
      const writer = new RecordBatchWriter({ compression, baseOffset: 7n })
      for (const each of records) expect(writer.append(each)).toBe(true)
      const [batch] = recordBatches(writer.close())
      const read = Array.from(batch ?? [], ({ key, value, timestamp, headers }) => ({ key, value, timestamp, headers }))
      expect(read).toEqual(records)
      expect(batch?.lastOffset).toBe(6n + BigInt(records.length))
    }),
    { numRuns: 200 },
  )
})
