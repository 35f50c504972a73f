import zlib from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ArgumentError, CompressionError } from '../../../src/errors.js'
import {
  type BatchProducer,
  type NewRecord,
  type RecordBatch,
  type RecordBatchOptions,
  RecordBatchWriter,
  recordBatches,
  stampBatch,
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

function utf8(text: string | null): Buffer | null {
  return text === null ? null : Buffer.from(text)
}

function writtenValue(value: string): Buffer | null | undefined {
  const writer = new RecordBatchWriter()
  writer.append({ value, timestamp: 0 })
  for (const batch of recordBatches(writer.close())) for (const record of batch) return record.value
  return undefined
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

describe('a string', () => {
  it('is its UTF-8, as key, value and in headers', () => {
    const text = fc.option(fc.string({ unit: 'binary', maxLength: 80 }))
    const ascii = fc.option(fc.string({ unit: 'binary-ascii', maxLength: 80 }))
    const data = fc.oneof(text, ascii)
    const header = fc.record({ key: fc.string({ unit: 'binary' }), value: data })
    const record = fc.record({ key: data, value: data, headers: fc.array(header, { maxLength: 3 }) })
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 9 }), records => {
        const [asStrings, asBytes] = [new RecordBatchWriter(), new RecordBatchWriter()]
        for (const each of records) {
          const headers = each.headers.map(({ key, value }) => ({ key, value: utf8(value) }))
          const end = asStrings.sizeInBytes + asStrings.sizeOf({ ...each, timestamp: 5 })
          asStrings.append({ ...each, timestamp: 5 })
          asBytes.append({ key: utf8(each.key), value: utf8(each.value), headers, timestamp: 5n })
          expect(asStrings.sizeInBytes).toBe(end)
        }
        expect(asStrings.close().toString('hex')).toBe(asBytes.close().toString('hex'))
      }),
      { numRuns: 300 },
    )
  })

  it('of halves of characters is what Buffer makes of them', () => {
    const value = 'a\ud800b\udc00'
    expect(writtenValue(value)).toEqual(Buffer.from(value))
    expect(writtenValue('\u20ac'.repeat(70_000))).toEqual(Buffer.from('\u20ac'.repeat(70_000)))
  })
})

describe('a timestamp', () => {
  const edges = [0, -1, 1, 2 ** 31, 2 ** 40, 2 ** 52, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER].flatMap(n => [n, -n - 1])
  it('as a number is that of the bigint', () => {
    const number = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges.filter(Number.isSafeInteger)))
    fc.assert(
      fc.property(fc.array(fc.tuple(number, fc.boolean()), { minLength: 1, maxLength: 8 }), timestamps => {
        const write = (of: (n: number, isNumber: boolean) => number | bigint) => {
          const writer = new RecordBatchWriter()
          for (const [n, isNumber] of timestamps) writer.append({ timestamp: of(n, isNumber) })
          return writer.close().toString('hex')
        }
        const expected = write(BigInt)
        expect(write(n => n)).toBe(expected)
        expect(write((n, isNumber) => (isNumber ? n : BigInt(n)))).toBe(expected)
      }),
      { numRuns: 300 },
    )
  })
})

it('appends fields as it appends records', () => {
  const [first, second] = [new RecordBatchWriter({ maxBytes: 200 }), new RecordBatchWriter({ maxBytes: 200 })]
  const headers = [{ key: 'h', value: 'v' }]
  for (const [timestamp, key, value] of [
    [5, 'a', null],
    [4n, null, Buffer.from('b')],
    [6, 'c', 'x'.repeat(200)],
  ] as const) {
    expect(first.append({ timestamp, key, value, headers })).toBe(second.appendFields(timestamp, key, value, headers))
  }
  second.appendFields(9, null, null)
  first.append({ timestamp: 9 })
  expect(first.recordCount).toBe(3)
  expect(first.close()).toEqual(second.close())
})

describe('the memory', () => {
  const full = (options: RecordBatchOptions, count: number) => {
    const writer = new RecordBatchWriter(options)
    for (let index = 0; index < count; index++) writer.append({ value: Buffer.alloc(100, index), timestamp: index })
    return writer.close()
  }

  it('of a small batch is shared with others', () => {
    expect(full({}, 1).buffer.byteLength).toBe(Buffer.from('pooled').buffer.byteLength)
  })

  it('that is expected is all there is, and nothing moves', () => {
    const batch = full({ expectedBytes: 131_072, maxBytes: 131_072 }, 2000)
    expect(batch.buffer.byteLength).toBe(131_072)
    expect(batch.length).toBeGreaterThan(130_000)
  })

  it('that was expected and not needed is let go', () => {
    // More than goes into node's pool, which has 64 KiB from Node 26 on.
    const batch = full({ expectedBytes: 1 << 20 }, 400)
    expect(batch.buffer.byteLength).toBeLessThan(2 * batch.length)
  })

  it('does not grow beyond what the batch may have', () => {
    expect(full({ maxBytes: 70_000 }, 2000).buffer.byteLength).toBe(70_000)
  })
})

describe('filter', () => {
  const data = fc.option(fc.string({ maxLength: 12 }))
  const record = fc.record({
    key: data,
    value: data,
    timestamp: fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer()),
    headers: fc.array(fc.record({ key: fc.string(), value: data }), { maxLength: 2 }),
    kept: fc.boolean(),
  })
  const written = (records: readonly NewRecord[], options: RecordBatchOptions) => {
    const writer = new RecordBatchWriter(options)
    for (const each of records) writer.append(each)
    return writer
  }

  it('gives the batch that the rest alone would have made, before it is closed and after', () => {
    const compression = fc.constantFrom('none', 'gzip', 'lz4')
    fc.assert(
      fc.property(fc.array(record, { maxLength: 90 }), compression, fc.boolean(), (records, compression, isClosed) => {
        const options = { compression, baseOffset: 7n, isTransactional: true } as const
        const writer = written(records, options)
        const before = isClosed ? writer.close() : undefined
        const rest = records.filter(({ kept }) => kept)
        const filtered = writer.filter(index => records[index]?.kept === true)
        expect(filtered.recordCount).toBe(rest.length)
        expect(filtered.append({ timestamp: 3, value: 'more' })).toBe(true)
        expect(filtered.close()).toEqual(written([...rest, { timestamp: 3, value: 'more' }], options).close())
        expect(before ?? writer.close()).toEqual(written(records, options).close())
      }),
      { numRuns: 200 },
    )
  })

  it('splits a batch in two', () => {
    const records = Array.from({ length: 1001 }, (_, index) => ({ value: `${index}`, timestamp: index }))
    const writer = written(records, { compression: 'gzip' })
    writer.close()
    const halves = [writer.filter(index => index < 500), writer.filter(index => index >= 500)]
    const read = halves.map(half => Array.from(recordBatches(half.close()), batch => Array.from(batch)).flat())
    expect(read.flat().map(({ value }) => String(value))).toEqual(records.map(({ value }) => value))
    expect(read.map(([first]) => first?.offset)).toEqual([0n, 0n])
  })

  it('keeps together what was within maxBytes, though other deltas make it longer', () => {
    const all = [
      { timestamp: 2 ** 39 },
      { timestamp: 0 },
      ...Array.from({ length: 50 }, () => ({ timestamp: 2 ** 39 })),
    ]
    const writer = written(all, { maxBytes: written(all, {}).sizeInBytes })
    expect(writer.recordCount).toBe(52)
    expect(writer.filter(index => index > 0).recordCount).toBe(51)
  })
})

describe('stampBatch', () => {
  const producer = { producerId: 4000n, producerEpoch: 3, baseSequence: 2 ** 31 - 1 }

  it('writes the batch that would have been closed with these numbers, again and again', () => {
    for (const length of [0, 1, 10, 1000, 100_000]) {
      const writer = () => {
        const made = new RecordBatchWriter({ producerId: 9n })
        made.append({ value: 'x'.repeat(length), timestamp: length })
        return made
      }
      const batch = writer().close()
      stampBatch(batch, { producerId: 2n ** 62n, producerEpoch: 1, baseSequence: 0 })
      expect(stampBatch(batch, producer)).toBe(batch)
      expect(batch).toEqual(writer().close(producer))
      expect(stampBatch(batch, { baseSequence: 5, producerId: undefined })).toEqual(
        writer().close({ ...producer, baseSequence: 5 }),
      )
    }
  })

  it('leaves a corrupt batch corrupt', () => {
    const batch = new RecordBatchWriter().close()
    batch.writeInt8(batch.readInt8(30) ^ 1, 30)
    stampBatch(batch, producer)
    expect(() => Array.from(recordBatches(batch))).toThrow('the batch is corrupt')
  })

  it.each<[unknown, object, string]>([
    ['abc', {}, 'stampBatch wants a batch of magic 2'],
    [Buffer.alloc(61), {}, 'stampBatch wants a batch of magic 2'],
    [new RecordBatchWriter().close().subarray(0, 60), {}, 'stampBatch wants a batch of magic 2'],
    [new RecordBatchWriter().close(), { epoch: 7 }, 'stampBatch() has no option "epoch": did you mean producerEpoch?'],
    [new RecordBatchWriter().close(), { producerId: 7 }, 'producerId must be an int64, not 7'],
    [new RecordBatchWriter().close(), { baseSequence: 2 ** 31 }, 'baseSequence must be an int32, not 2147483648'],
  ])('refuses what it cannot stamp', (batch, numbers, message) => {
    const before = Buffer.from(batch as Buffer)
    expect(() => stampBatch(batch as Buffer, numbers)).toThrow(ArgumentError)
    expect(() => stampBatch(batch as Buffer, numbers)).toThrow(message)
    expect(Buffer.from(batch as Buffer)).toEqual(before)
  })
})

describe('close', () => {
  it('takes an option that is undefined as left out', () => {
    const made = (options: RecordBatchOptions, producer?: BatchProducer) => {
      const writer = new RecordBatchWriter(options)
      writer.append({ key: undefined, value: undefined, headers: undefined, offset: undefined, timestamp: 0n })
      return writer.close(producer)
    }
    const undefinedAll = {
      compression: undefined,
      maxBytes: undefined,
      baseOffset: undefined,
      timestampType: undefined,
    }
    const [batch] = recordBatches(
      made({ ...undefinedAll, producerId: 4n }, { producerId: undefined, producerEpoch: 1 }),
    )
    expect(batch).toMatchObject({ producerId: 4n, producerEpoch: 1, baseOffset: 0n, compression: 'none' })
  })

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
    [{ compresion: 'gzip' }, 'RecordBatchWriter has no option "compresion": did you mean compression?'],
    [{ expectedBytes: -1 }, 'expectedBytes must be a positive number, not -1'],
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
    [{}, 'timestamp must be a number or a bigint, not undefined'],
    [{ timestamp: new Date(0) }, 'timestamp must be a number or a bigint, not object'],
    [{ timestamp: 1.5 }, 'timestamp must be a whole number of ms, not 1.5'],
    [{ timestamp: Number.NaN }, 'timestamp must be a whole number of ms, not NaN'],
    [{ timestamp: 2 ** 63 }, 'timestamp must be a whole number of ms, not 9223372036854776000'],
    [{ timestamp: 0n, offset: 5 }, 'offset must be a bigint, not number'],
    [{ timestamp: 0n, key: 5 }, 'key must be a string, bytes or null, not number'],
    [{ timestamp: 0n, value: { length: 3 } }, 'value must be a string, bytes or null, not object'],
    [{ timestamp: 0n, value: new Uint16Array(3) }, 'value must be a string, bytes or null, not object'],
    [{ timestamp: 0n, value: new DataView(new ArrayBuffer(3)) }, 'value must be a string, bytes or null, not object'],
    [{ timestamp: 0n, headers: {} }, 'headers must be an array, not object'],
    [{ timestamp: 0n, headers: [null] }, 'headers[0] must be an object, not null'],
    [{ timestamp: 0n, headers: [{ key: null, value: null }] }, 'headers[0].key must be a string, not null'],
    [
      { timestamp: 0n, headers: [{ key: 'k', value: 7 }] },
      'headers[0].value must be a string, bytes or null, not number',
    ],
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
