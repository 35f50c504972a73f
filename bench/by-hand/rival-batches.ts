import type { LeftOut } from '../harness/bench.js'
import { loadRival } from '../harness/load-rival.js'

/** A value of 100 bytes that shrinks as records do, and the time of its record. */
export interface PlainMessage {
  readonly value: Buffer
  readonly timestamp: bigint
}

/** How another client writes and reads batches; what it returns is added up, so that it has to be there. */
export interface RivalBatches {
  encode(
    messages: readonly PlainMessage[],
    compression: string,
  ): { readonly length: number } | Promise<{ length: number }>
  /** Every value is touched; returns how many there were. */
  decode(bytes: Buffer): number | Promise<number>
}

/** kafkajs: it has neither snappy, lz4 nor zstd of its own, and checks no checksum when it reads. */
export async function kafkajsBatches(): Promise<RivalBatches | LeftOut> {
  const [batch, record, decode, decoder] = await Promise.all([
    loadRival<{ default: { RecordBatch: (options: object) => Promise<{ buffer: Buffer }> } }>(`${folder}/v0/index.js`),
    loadRival<{ default: (options: object) => object }>(`${folder}/record/v0/index.js`),
    loadRival<{ default: (decoder: object) => Promise<{ records: { value: Buffer }[] }> }>(`${folder}/v0/decoder.js`),
    loadRival<{ default: new (bytes: Buffer) => { offset: number } }>('kafkajs/src/protocol/decoder.js'),
  ])
  if ('leftOut' in batch || 'leftOut' in record || 'leftOut' in decode || 'leftOut' in decoder) {
    return { leftOut: 'kafkajs is not installed: npm ci --prefix bench' }
  }
  return {
    async encode(messages, compression) {
      const first = Number(messages[0]?.timestamp)
      const records = messages.map(({ value, timestamp }, offsetDelta) =>
        record.default({ value, offsetDelta, timestampDelta: Number(timestamp) - first }),
      )
      const lastOffsetDelta = records.length - 1
      const times = { firstTimestamp: first, maxTimestamp: first + lastOffsetDelta }
      const options = { compression: compression === 'gzip' ? 1 : 0, records, lastOffsetDelta, ...times }
      return (await batch.default.RecordBatch(options)).buffer
    },
    async decode(bytes) {
      const cursor = new decoder.default(bytes)
      let count = 0
      while (cursor.offset < bytes.length) {
        for (const { value } of (await decode.default(cursor)).records) if (touched(value)) count++
      }
      return count
    },
  }
}

const folder = 'kafkajs/src/protocol/recordBatch'

/** @platformatic/kafka: it checks no checksum when it reads. */
export async function platformaticBatches(): Promise<RivalBatches | LeftOut> {
  const theirs = await loadRival<{
    createRecordsBatch(messages: readonly object[], options: object): { readonly length: number }
    readRecordsBatches(reader: object): { records: { value: Buffer }[] }[]
    Reader: { from(bytes: Buffer): object }
  }>('@platformatic/kafka')
  if ('leftOut' in theirs) return theirs
  return {
    // A new object for each message, as it writes the topic's defaults into those that it is given.
    encode: (messages, compression) =>
      theirs.createRecordsBatch(
        messages.map(({ value, timestamp }) => ({ topic: 't', value, timestamp })),
        { compression },
      ),
    decode(bytes) {
      let count = 0
      for (const { records } of theirs.readRecordsBatches(theirs.Reader.from(bytes))) {
        for (const { value } of records) if (touched(value)) count++
      }
      return count
    },
  }
}

/** Looks at a byte, so that the value has to be made. */
export function touched(value: Buffer | null): boolean {
  return value?.[value.length - 1] !== undefined
}
