import {
  type Compression,
  type ControlRecord,
  type KafkaRecord,
  type NewRecord,
  type RecordBatch,
  RecordBatchWriter,
  readControlRecord,
  recordBatches,
} from 'kafka-rx/protocol'
import { expectTypeOf, test } from 'vitest'

test('what is read', () => {
  expectTypeOf(recordBatches).returns.toEqualTypeOf<Iterable<RecordBatch>>()
  expectTypeOf(recordBatches).parameter(0).toEqualTypeOf<Uint8Array>()
  expectTypeOf<RecordBatch>().toExtend<Iterable<KafkaRecord>>()
  expectTypeOf<RecordBatch['baseOffset']>().toEqualTypeOf<bigint>()
  expectTypeOf<RecordBatch['deleteHorizon']>().toEqualTypeOf<bigint | null>()
  expectTypeOf<RecordBatch['timestampType']>().toEqualTypeOf<'none' | 'createTime' | 'logAppendTime'>()
  expectTypeOf<Compression>().toEqualTypeOf<'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'>()
  expectTypeOf<KafkaRecord['offset']>().toEqualTypeOf<bigint>()
  expectTypeOf<KafkaRecord['key']>().toEqualTypeOf<Buffer | null>()
  expectTypeOf<KafkaRecord['headers'][number]['key']>().toEqualTypeOf<string>()
  expectTypeOf<KafkaRecord['headers'][number]['value']>().toEqualTypeOf<Buffer | null>()
  expectTypeOf(readControlRecord).returns.toEqualTypeOf<ControlRecord>()
})

test('what is written', () => {
  const writer = new RecordBatchWriter()
  expectTypeOf(writer.append).returns.toEqualTypeOf<boolean>()
  expectTypeOf(writer.close).returns.toEqualTypeOf<Buffer>()
  // What was read may be written.
  expectTypeOf<KafkaRecord>().toExtend<NewRecord>()
  expectTypeOf<{ timestamp: bigint }>().toExtend<NewRecord>()
  expectTypeOf<{ timestamp: number; key: string; value: Buffer; headers: undefined }>().toExtend<NewRecord>()
  // @ts-expect-error: a timestamp is a number or a bigint
  const refused: NewRecord = { timestamp: new Date() }
  // An option that is undefined is left out.
  const leftOut = () => new RecordBatchWriter({ compression: undefined, producerId: undefined, maxBytes: undefined })
  // @ts-expect-error: there is no such compression
  const options = () => new RecordBatchWriter({ compression: 'brotli' })
  void [refused, options, leftOut]
})
