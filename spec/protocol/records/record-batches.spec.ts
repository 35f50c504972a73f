import { inspect } from 'node:util'

import { describe, expect, it } from 'vitest'

import { ArgumentError, ProtocolError } from '../../../src/errors.js'
import { crc32c, type NewRecord, RecordBatchWriter, recordBatches } from '../../../src/protocol/records/index.js'
import { batchWith } from './batch-with.js'
import { plain, readVectors } from './vectors.js'

describe('recordBatches', () => {
  it.each(readVectors().map(vector => [vector.name, vector] as const))('reads what Java wrote: %s', (_, vector) => {
    expect(plain(recordBatches(vector.bytes))).toEqual(vector.batches)
  })

  it('reads the same again, batch and records', () => {
    const batches = recordBatches(batch({ value: Buffer.from('twice') }))
    expect(plain(batches)).toEqual(plain(batches))
    const [first] = batches
    expect(Array.from(first ?? [], record => String(record.value))).toEqual(['twice'])
    expect(Array.from(first ?? [], record => String(record.value))).toEqual(['twice'])
  })

  it('gives views of the bytes, of any Uint8Array, and copies none', () => {
    const bytes = new Uint8Array(batch({ key: Buffer.from('k'), value: Buffer.from('v'), headers: [header('h', 'w')] }))
    const [first] = recordBatches(bytes)
    const [record] = first ?? []
    expect([record?.key?.buffer, record?.value?.buffer, record?.headers[0]?.value?.buffer]).toEqual(
      new Array(3).fill(bytes.buffer),
    )
    bytes[bytes.indexOf(0x76)] = 0x77
    expect(String(record?.value)).toBe('w')
  })

  it('shows batches and records as what they hold, whatever is wrong with it', () => {
    const bytes = batch({ key: Buffer.from('k'), headers: [header('h', 'w')] })
    const [first] = recordBatches(bytes)
    const [record] = first ?? []
    expect(inspect(record)).toMatch(
      /^\{\s+offset: 0n,\s+timestamp: 0n,\s+key: <Buffer 6b>,\s+value: null,\s+headers: \[/,
    )
    expect(inspect(first)).toMatch(/^\{\s+magic: 2,\s+baseOffset: 0n,\s+lastOffset: 0n,\s+compression: 'none'/)
    bytes[bytes.length - 5] = 1
    const [broken] = recordBatches(bytes, { checkCrc: false })
    const [unreadable] = broken ?? []
    expect(inspect(unreadable)).toMatch(/headers: ProtocolError/)
    const old = readVectors().find(({ name }) => name === 'magic 1 gzip: one record')
    const [wrapper] = recordBatches(old?.bytes ?? Buffer.alloc(0))
    expect(inspect(wrapper)).toMatch(/^\{\s+magic: 1,\s+lastOffset: 0n,\s+compression: 'gzip'/)
    expect(inspect([...(wrapper ?? [])][0])).toMatch(/^\{\s+offset: 0n/)
  })

  it('decodes headers once', () => {
    const [first] = recordBatches(batch({ headers: [header('h', 'w')] }))
    const [record] = first ?? []
    expect(record?.headers).toBe(record?.headers)
  })

  it('refuses options that there are not, and takes undefined ones as left out', () => {
    expect(() => recordBatches(Buffer.alloc(0), { checkCRC: false } as never)).toThrow('did you mean checkCrc?')
    expect(
      Array.from(recordBatches(Buffer.alloc(0), { checkCrc: undefined, maxDecompressedBytes: undefined })),
    ).toEqual([])
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses maxDecompressedBytes %s', maxDecompressedBytes => {
    expect(() => recordBatches(Buffer.alloc(0), { maxDecompressedBytes })).toThrow(ArgumentError)
  })

  it.each([undefined, null, 'text', [], new ArrayBuffer(8)])('refuses %o, which is not bytes', bytes => {
    expect(() => recordBatches(bytes as never)).toThrow(ArgumentError)
  })
})

describe('the checksum', () => {
  const corrupt = Buffer.from(batch({ value: Buffer.from('precious'), offset: 42n }, { baseOffset: 42n }))
  corrupt[corrupt.length - 2] = 0x58
  const found = crc32c(corrupt.subarray(21)).toString(16).padStart(8, '0')
  const expected = corrupt.readUInt32BE(17).toString(16).padStart(8, '0')

  it('that does not match is told with base offset, expected and found', () => {
    const error = failure(() => Array.from(recordBatches(corrupt)))
    expect(error.message).toBe(
      `RecordBatch v2 with base offset 42: crc: CRC-32C expected 0x${expected}, found 0x${found}: the batch is corrupt (byte 17)`,
    )
    expect(error).toMatchObject({ code: 'PROTOCOL', api: 'RecordBatch', version: 2, path: 'crc', offset: 17 })
  })

  it('is not looked at when told so', () => {
    const [first] = recordBatches(corrupt, { checkCrc: false })
    expect(Array.from(first ?? [], record => String(record.value))).toEqual(['preciouX'])
  })

  it('is looked at when the iteration comes there, not before', () => {
    const read: bigint[] = []
    const both = Buffer.concat([batch({ value: Buffer.from('good') }), corrupt])
    const error = failure(() => {
      for (const { baseOffset } of recordBatches(both)) read.push(baseOffset)
    })
    expect([read, error.path]).toEqual([[0n], 'crc'])
  })

  it('of magic 0 and 1 is CRC-32, of wrapper and wrapped', () => {
    const old = readVectors().filter(({ name }) => /^magic [01] (none|gzip): one record/.test(name))
    expect(old.length).toBe(4)
    for (const { bytes } of old) {
      const broken = Buffer.from(bytes)
      broken[12] = (broken[12] as number) ^ 1
      expect(failure(() => plain(recordBatches(broken))).message).toMatch(/base offset 0: crc: CRC-32 expected 0x/)
      expect(plain(recordBatches(broken, { checkCrc: false })).length).toBe(1)
    }
  })
})

describe('what is wrong is told by field and byte', () => {
  const good = batch({ key: Buffer.from('key'), value: Buffer.from('value'), headers: [header('name', 'w')] })
  // length attributes timestamp offset | 3 key | 5 value | 1: 4 name, 1 w
  const at = { length: 61, timestamp: 63, offset: 64, key: 65, value: 69, headers: 75, headerKey: 76, headerValue: 81 }

  it.each([
    ['a length beyond the batch', at.length, 0x7e, 'records[0].length', '63 bytes, 21 left', 62],
    ['a length below zero', at.length, 0x01, 'records[0].length', '-1 bytes, 21 left', 62],
    ['a key beyond the record', at.key, 0x7e, 'records[0].key', '63 bytes, 17 left', 66],
    ['a value beyond the record', at.value, 0x7e, 'records[0].value', '63 bytes, 13 left', 70],
    [
      'no headers where there are bytes',
      at.headers,
      0,
      'records[0].headers',
      'the record ends at byte 83, its headers are at 75',
      75,
    ],
    ['headers of a number below zero', at.headers, 1, 'records[0].headers', '-1 headers, 7 bytes left', 76],
    ['more headers than there is room for', at.headers, 0x7e, 'records[0].headers', '63 headers, 7 bytes left', 76],
    ['a header key that is null', at.headerKey, 1, 'records[0].headers[0].key', 'null', 77],
    ['a header value beyond the record', at.headerValue, 0x7e, 'records[0].headers[0].value', '63 bytes, 1 left', 82],
    ['fewer headers than bytes', at.headerValue, 0, 'records[0].headers', '1 bytes after the last of them', 82],
  ])('%s', (_, position, byte, path, problem, offset) => {
    const bad = Buffer.from(good)
    bad[position] = byte
    const error = failure(() => plain(recordBatches(bad, { checkCrc: false })))
    expect(error).toMatchObject({ path, offset, version: 2, api: 'RecordBatch' })
    expect(error.message).toContain(`base offset 0: ${path}: ${problem} (byte ${offset})`)
  })

  it('a varint without end', () => {
    const bytes = batchWith(0, Buffer.alloc(12, 0xff))
    expect(failure(() => plain(recordBatches(bytes)))).toMatchObject({ path: 'records[0].length' })
    const timestamp = batchWith(0, Buffer.concat([Buffer.from([30, 0]), Buffer.alloc(14, 0xff)]))
    expect(failure(() => plain(recordBatches(timestamp))).message).toContain('timestampDelta: cut short')
    const tooLong = batchWith(0, Buffer.concat([Buffer.from([30, 0]), Buffer.alloc(10, 0xff), Buffer.alloc(4)]))
    expect(failure(() => plain(recordBatches(tooLong))).message).toContain('a varlong of more than 10 bytes')
  })

  it('records fewer or more than the count', () => {
    const records = good.subarray(61)
    expect(failure(() => plain(recordBatches(batchWith(0, records, 2))))).toMatchObject({ path: 'records[1].length' })
    const more = Buffer.concat([records, records])
    expect(failure(() => plain(recordBatches(batchWith(0, more, 1)))).message).toContain(
      `${records.length} bytes after the last of 1 records`,
    )
    expect(failure(() => plain(recordBatches(batchWith(0, records, -1)))).message).toContain('-1 records')
  })

  it('an unknown format, compression or length', () => {
    const [magic, length] = [Buffer.from(good), Buffer.from(good)]
    magic[16] = 3
    length.writeInt32BE(13, 8)
    expect(failure(() => plain(recordBatches(magic)))).toMatchObject({ path: 'magic', version: 3 })
    expect(failure(() => plain(recordBatches(length)))).toMatchObject({ path: 'length' })
    length.writeInt32BE(40, 8)
    expect(failure(() => plain(recordBatches(length)))).toMatchObject({ path: 'length' })
    expect(failure(() => plain(recordBatches(batchWith(5, good.subarray(61)))))).toMatchObject({ path: 'attributes' })
  })
})

function batch(record: Partial<NewRecord>, options = {}): Buffer {
  const writer = new RecordBatchWriter(options)
  writer.append({ timestamp: 0n, ...record })
  return writer.close()
}

function header(key: string, value: string) {
  return { key, value: Buffer.from(value) }
}

function failure(work: () => unknown): ProtocolError {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError)
    return error as ProtocolError
  }
  return expect.fail('no error')
}
