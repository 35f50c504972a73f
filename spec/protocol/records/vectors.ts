import { readFileSync } from 'node:fs'
import zlib from 'node:zlib'

import { type KafkaRecord, type RecordBatch, readControlRecord } from '../../../src/protocol/records/index.js'

/** A record batch, or several in a row, as Kafka's own classes write them, and what those read from it. */
export interface Vector {
  readonly name: string
  readonly bytes: Buffer
  readonly batches: readonly PlainBatch[]
}

/** A batch as JSON has it: bigints as strings, bytes as hex. */
export interface PlainBatch {
  readonly magic: number
  readonly records: readonly PlainRecord[]
  readonly [field: string]: unknown
}

export interface PlainRecord {
  readonly offset: string
  readonly timestamp: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly { readonly key: string; readonly value: string | null }[]
  readonly control?: string
  readonly coordinatorEpoch?: number | null
}

/** spec/vectors/records.md says how they are made. */
export function readVectors(): Vector[] {
  return lines()
    .filter(line => line.hex !== undefined)
    .map(({ name, hex = '', batches = [] }) => ({ name, bytes: Buffer.from(hex, 'hex'), batches }))
}

/** Keys with the hash that Java computes of them. */
export function readHashes(): { key: Buffer; hash: number; positive: number }[] {
  const hashes = lines().find(line => line.murmur2 !== undefined)?.murmur2 ?? []
  return hashes.map(({ key, ...hash }) => ({ key: Buffer.from(key, 'hex'), ...hash }))
}

/** What we read, in the same form. */
export function plain(batches: Iterable<RecordBatch>): PlainBatch[] {
  return Array.from(batches, batch => ({
    magic: batch.magic,
    baseOffset: String(batch.baseOffset),
    lastOffset: String(batch.lastOffset),
    compression: batch.compression,
    timestampType: timestampTypes[batch.timestampType],
    maxTimestamp: String(batch.maxTimestamp),
    producerId: String(batch.producerId),
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    deleteHorizon: batch.deleteHorizon === null ? null : String(batch.deleteHorizon),
    sizeInBytes: batch.sizeInBytes,
    records: Array.from(batch, record => plainRecord(record, batch.isControl)),
  }))
}

function plainRecord(record: KafkaRecord, isControl: boolean): PlainRecord {
  const { offset, timestamp, key, value, headers } = record
  const plain = {
    offset: String(offset),
    timestamp: String(timestamp),
    key: hex(key),
    value: hex(value),
    headers: headers.map(header => ({ key: Buffer.from(header.key).toString('hex'), value: hex(header.value) })),
  }
  if (!isControl) return plain
  const { type, coordinatorEpoch } = readControlRecord(record)
  return { ...plain, control: type.replace(/[A-Z]/g, '_$&').toUpperCase(), coordinatorEpoch }
}

/** As Java's TimestampType prints itself. */
const timestampTypes = { none: 'NoTimestampType', createTime: 'CreateTime', logAppendTime: 'LogAppendTime' } as const

function hex(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString('hex')
}

interface Line {
  readonly name: string
  readonly hex?: string
  readonly batches?: readonly PlainBatch[]
  readonly murmur2?: readonly { readonly key: string; readonly hash: number; readonly positive: number }[]
}

function lines(): Line[] {
  const file = readFileSync(new URL('../../vectors/records.jsonl.br', import.meta.url))
  const text = zlib.brotliDecompressSync(file).toString()
  return text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Line)
}
