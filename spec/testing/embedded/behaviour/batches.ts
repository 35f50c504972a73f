import { afterEach, beforeEach, expect, it } from 'vitest'
import { field, headerBytes } from '../../../../src/protocol/records/batch-v2.js'
import { crc32c } from '../../../../src/protocol/records/crc32c.js'
import type { RawClient } from './raw-client.js'
import { batchOf, codeOf, fetch, type OwnTopic, produce, type Target, World } from './world.js'

/** Which bytes are taken for a batch, and what becomes of them in the log. */
export function batchesBehaviour(target: () => Target): void {
  let world: World
  let topic: OwnTopic
  let leader: RawClient
  beforeEach(async () => {
    world = new World(target())
    topic = await world.topic()
    leader = await world.leader(topic)
  })
  afterEach(() => world.close())

  /** The error, and where the log starts as far as the answer knows. */
  const refusal = async (records: Buffer) => {
    const { errorCode, baseOffset, logStartOffset } = await produce(leader, topic, records)
    expect(baseOffset).toBe(-1n)
    return [errorCode, logStartOffset]
  }

  it.each<readonly [what: string, records: () => Buffer, error: Parameters<typeof codeOf>[0]]>([
    ['with -1 headers', () => batchWith(record({ headerCount: -1 })), 'INVALID_RECORD'],
    ['with a header that has no key', () => batchWith(record({ headers: [[null, 'v']] })), 'INVALID_RECORD'],
    [
      'with fewer headers than it says',
      () => batchWith(record({ headers: [['k', 'v']], headerCount: 2 })),
      'INVALID_RECORD',
    ],
    [
      'longer than the batch',
      () => changed(batchOf(['a']), bytes => bytes.writeInt8(40, headerBytes)),
      'INVALID_RECORD',
    ],
    [
      'shorter than what is in it',
      () => changed(batchOf(['a']), bytes => bytes.writeInt8(2, headerBytes)),
      'INVALID_RECORD',
    ],
    ['that is not the last of the batch', () => batchWith(record(), Buffer.alloc(3)), 'INVALID_RECORD'],
    [
      'that is not there, compressed',
      () => changed(batchOf(['a'], { compression: 'gzip' }), bytes => count(bytes, 2)),
      'INVALID_RECORD',
    ],
    [
      'that cannot be decompressed',
      () => changed(batchOf(['a'], { compression: 'gzip' }), bytes => bytes.fill(0x55, headerBytes)),
      'UNKNOWN_SERVER_ERROR',
    ],
    [
      'with a compression that there is not',
      () => changed(batchOf(['a']), bytes => bytes.writeInt16BE(7, field.attributes)),
      'UNKNOWN_SERVER_ERROR',
    ],
  ])('a record %s is refused by the log', async (_what, records, error) => {
    expect(await refusal(records())).toEqual([codeOf(error), 0n])
  })

  it.each<readonly [what: string, records: () => Buffer, error: Parameters<typeof codeOf>[0]]>([
    ['cut short', () => batchOf(['a']).subarray(0, -1), 'INVALID_RECORD'],
    ['whose length is none', () => Buffer.alloc(20), 'CORRUPT_MESSAGE'],
    ['with another behind it', () => Buffer.concat([batchOf(['a']), batchOf(['b'])]), 'INVALID_RECORD'],
    ['with zeros behind it', () => Buffer.concat([batchOf(['a']), Buffer.alloc(20)]), 'CORRUPT_MESSAGE'],
    ['of another checksum', () => changed(batchOf(['a']), () => {}, 1), 'CORRUPT_MESSAGE'],
  ])('a batch %s does not come as far as the log', async (_what, records, error) => {
    expect(await refusal(records())).toEqual([codeOf(error), -1n])
  })

  it('what is cut short behind a batch, or too short for one, is left out', async () => {
    const batch = batchOf(['a', 'b'])
    const behind = [Buffer.from('rest'), batch.subarray(0, 30), batch.subarray(0, -1)]
    for (const rest of behind) expect((await produce(leader, topic, Buffer.concat([batch, rest]))).errorCode).toBe(0)
    const { records, highWatermark } = await fetch(leader, topic)
    expect([records?.length, highWatermark]).toEqual([behind.length * batch.length, 6n])
  })

  it('offsets of records need not be in order', async () => {
    const [first, second] = [record({ offset: 1 }), record({ offset: 0 })]
    expect((await produce(leader, topic, batchWith(first, second))).errorCode).toBe(0)
    expect((await produce(leader, topic, batchOf(['b']))).baseOffset).toBe(2n)
  })

  it.each([undefined, 'gzip'] as const)('a wrong time in the header is put right (%s)', async compression => {
    const now = BigInt(Date.now())
    const batch = batchOf(['a', 'b'], { timestamps: [now, now - 5n], ...(compression && { compression }) })
    const late = changed(batch, bytes => bytes.writeBigInt64BE(now - 1000n, field.maxTimestamp))
    expect((await produce(leader, topic, late)).errorCode).toBe(0)
    const ofBroker = changed(batch, bytes =>
      bytes.writeInt16BE(bytes.readInt16BE(field.attributes) | 8, field.attributes),
    )
    expect((await produce(leader, topic, ofBroker)).errorCode).toBe(0)
    for (const offset of [0n, 2n]) {
      const { records } = await fetch(leader, topic, { offset })
      const stored = records ?? Buffer.alloc(0)
      expect(stored.readBigInt64BE(field.maxTimestamp)).toBe(now)
      expect(stored.readInt16BE(field.attributes)).toBe(batch.readInt16BE(field.attributes))
      expect(stored.readUInt32BE(field.crc)).toBe(crc32c(stored.subarray(field.attributes, batch.length)))
    }
  })

  it('an epoch or a sequence is refused by the log', async () => {
    const producerId = BigInt(Math.floor(Math.random() * 2 ** 40)) + 2n ** 40n
    const send = async (producerEpoch: number, baseSequence: number) => {
      const answer = await produce(leader, topic, batchOf(['a'], { producerId, producerEpoch, baseSequence }))
      return [answer.errorCode, answer.logStartOffset]
    }
    expect(await send(1, 7)).toEqual([0, 0n])
    expect(await send(1, 9)).toEqual([codeOf('OUT_OF_ORDER_SEQUENCE_NUMBER'), 0n])
    expect(await send(0, 8)).toEqual([codeOf('INVALID_PRODUCER_EPOCH'), 0n])
    expect(await send(2, 8)).toEqual([codeOf('OUT_OF_ORDER_SEQUENCE_NUMBER'), 0n])
    expect(await send(2, 0)).toEqual([0, 0n])
  })
}

interface RecordParts {
  readonly offset?: number
  readonly headers?: readonly (readonly [key: string | null, value: string])[]
  readonly headerCount?: number
}

/** A record as it stands in a batch: no key, the value `a`. */
function record({ offset = 0, headers = [], headerCount = headers.length }: RecordParts = {}): Buffer {
  const text = (value: string | null) =>
    value === null ? [...varint(-1)] : [...varint(value.length), ...Buffer.from(value)]
  const told = headers.flatMap(([key, value]) => [...text(key), ...text(value)])
  const body = [0, 0, ...varint(offset), ...varint(-1), ...varint(1), 0x61, ...varint(headerCount), ...told]
  return Buffer.from([...varint(body.length), ...body])
}

/** In zigzag, of one byte. */
function varint(value: number): [number] {
  return [(value << 1) ^ (value >> 31)]
}

/** A batch of these records, or of what is no record. */
function batchWith(...records: readonly Buffer[]): Buffer {
  const header = batchOf(['a']).subarray(0, headerBytes)
  return changed(Buffer.concat([header, ...records]), bytes => {
    bytes.writeInt32BE(bytes.length - 12, field.length)
    count(bytes, records.filter(bytes => bytes[0] !== 0).length)
  })
}

function count(bytes: Buffer, records: number): void {
  bytes.writeInt32BE(records, field.count)
  bytes.writeInt32BE(records - 1, field.lastOffsetDelta)
}

/** A copy with something changed, and a checksum that is off by so much. */
function changed(batch: Buffer, change: (bytes: Buffer) => void, checksumError = 0): Buffer {
  const copy = Buffer.from(batch)
  change(copy)
  copy.writeUInt32BE((crc32c(copy.subarray(field.attributes)) + checksumError) >>> 0, field.crc)
  return copy
}
