import { deepEqual, ok } from 'node:assert/strict'
import { Produce } from 'kafka-rx/protocol'
import { awaited } from '../harness/awaited.js'
import type { Bench } from '../harness/bench.js'
import { loadRival } from '../harness/load-rival.js'

const batch = Buffer.alloc(100, 1)
const tens = Array.from({ length: 10 }, (_, index) => index)
const topics = Array.from({ length: 100 }, (_, index) => `orders.region-${index}`)

const partitionData = tens.map(index => ({ index, records: batch }))
const topicData = topics.map(name => ({ name, partitionData }))
const partitionResponses = tens.map(index => ({
  ...{ index, errorCode: 0, baseOffset: 1_000_000n + BigInt(index), logAppendTimeMs: -1n, logStartOffset: 0n },
}))
const responses = topics.map(name => ({ name, partitionResponses }))

/**
 * Writing a request of 1,000 partitions around batches that are there already, and reading its answer, in the newest
 * version that the other has. What the others do to build batches is left out: their own writers write the rest.
 */
export const benches: readonly Bench[] = [
  {
    name: 'produce-envelope v7',
    unit: 'requests/s',
    against: 'kafkajs',
    floor: 1,
    async prepare() {
      const encoder = await loadRival<{ default: new () => KafkajsEncoder }>('kafkajs/src/protocol/encoder.js')
      const response = await loadRival<Decodes>('kafkajs/src/protocol/requests/produce/v7/response.js')
      if ('leftOut' in encoder) return encoder
      if ('leftOut' in response) return response
      const { default: Encoder } = encoder
      const bytes = Produce.response.encode({ responses, throttleTimeMs: 0 }, 7)
      const ask = () => {
        return new Encoder()
          .writeString(null)
          .writeInt16(-1)
          .writeInt32(30_000)
          .writeArray(
            topicData.map(topic =>
              new Encoder().writeString(topic.name).writeArray(
                topic.partitionData.map(({ index, records }) => {
                  const partition = new Encoder().writeInt32(index).writeInt32(records.length)
                  partition.writeBufferInternal(records)
                  return partition
                }),
              ),
            ),
          ).buffer
      }
      deepEqual(ask(), write(7))
      ok((await response.default.decode(bytes)).topics.length === topics.length)
      return awaited({
        subject: () => [write(7), Produce.response.decode(bytes, 7)],
        reference: async () => [ask(), await response.default.decode(bytes)],
      })
    },
  },
  {
    name: 'produce-envelope v11',
    unit: 'requests/s',
    against: '@platformatic/kafka',
    floor: 1,
    async prepare() {
      const rival = await loadRival<Platformatic>('@platformatic/kafka')
      if ('leftOut' in rival) return rival
      const { produceV11, Reader, Writer } = rival
      const bytes = Produce.response.encode({ responses, throttleTimeMs: 0 }, 11)
      const ask = () => {
        return Writer.create()
          .appendString(undefined)
          .appendInt16(-1)
          .appendInt32(30_000)
          .appendArray(topicData, (writer, topic: (typeof topicData)[number]) => {
            writer.appendString(topic.name).appendArray(topic.partitionData, (inner, partition) => {
              const { index, records } = partition as (typeof partitionData)[number]
              inner
                .appendInt32(index)
                .appendUnsignedVarInt(records.length + 1)
                .append(records)
            })
          })
          .appendTaggedFields().buffer
      }
      deepEqual(ask(), write(11))
      ok(produceV11.parseResponse(1, 0, 11, Reader.from(bytes)).responses.length === topics.length)
      return awaited({
        subject: () => [write(11), Produce.response.decode(bytes, 11)],
        reference: () => [ask(), produceV11.parseResponse(1, 0, 11, Reader.from(bytes))],
      })
    },
  },
]

function write(version: number): Buffer {
  return Produce.request.encode({ transactionalId: null, acks: -1, timeoutMs: 30_000, topicData }, version)
}

interface KafkajsEncoder {
  readonly buffer: Buffer
  writeString(value: string | null): this
  writeInt16(value: number): this
  writeInt32(value: number): this
  writeArray(values: readonly KafkajsEncoder[]): this
  writeBufferInternal(value: Buffer): void
}

interface Decodes {
  readonly default: { decode(bytes: Buffer): Promise<{ topics: readonly object[] }> }
}

interface PlatformaticWriter {
  readonly buffer: Buffer
  append(value: Buffer): this
  appendString(value: string | undefined): this
  appendInt16(value: number): this
  appendInt32(value: number): this
  appendUnsignedVarInt(value: number): this
  appendArray<T>(values: readonly T[], append: (writer: PlatformaticWriter, value: T) => void): this
  appendTaggedFields(): this
}

interface Platformatic {
  readonly produceV11: {
    parseResponse(id: number, key: number, version: number, reader: object): { responses: readonly object[] }
  }
  readonly Reader: { from(bytes: Buffer): object }
  readonly Writer: { create(): PlatformaticWriter }
}
