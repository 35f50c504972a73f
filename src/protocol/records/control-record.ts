import { ProtocolError } from '../../errors.js'
import type { KafkaRecord } from './record-batch.js'

/** What a control record says; `unknown` is of a kind that came later, and is to be passed over. */
export type ControlType =
  | 'abort'
  | 'commit'
  | 'leaderChange'
  | 'snapshotHeader'
  | 'snapshotFooter'
  | 'kraftVersion'
  | 'kraftVoters'
  | 'unknown'

/** A record of a control batch, read. */
export interface ControlRecord {
  readonly type: ControlType
  /** Of the transaction coordinator that wrote it: of `abort` and `commit`, else null. */
  readonly coordinatorEpoch: number | null
}

/**
 * Reads a record of a batch whose `isControl` is set: the end of a transaction, or a note of Kafka's to itself.
 *
 * @throws {ProtocolError} where key or value are too short for it, or of a version below 0
 *
 * @example
 * import { type RecordBatch, readControlRecord } from 'kafka-rx/protocol'
 *
 * declare const batch: RecordBatch
 * if (batch.isControl) for (const record of batch) console.log(readControlRecord(record).type) // 'commit'
 */
export function readControlRecord(record: Pick<KafkaRecord, 'key' | 'value'>): ControlRecord {
  const type = types[versioned(record.key, 'key', 4).readInt16BE(2)] ?? 'unknown'
  const isMarker = type === 'abort' || type === 'commit'
  return { type, coordinatorEpoch: isMarker ? versioned(record.value, 'value', 6).readInt32BE(2) : null }
}

/**
 * Key and value of the record that ends a transaction, for a batch with `isControl` and `isTransactional`.
 *
 * @example
 * import { RecordBatchWriter, transactionMarker } from 'kafka-rx/protocol'
 *
 * const writer = new RecordBatchWriter({ producerId: 7n, producerEpoch: 0, isTransactional: true, isControl: true })
 * writer.append({ ...transactionMarker('commit', 3), timestamp: BigInt(Date.now()) })
 */
export function transactionMarker(
  type: 'abort' | 'commit',
  coordinatorEpoch: number,
): { readonly key: Buffer; readonly value: Buffer } {
  const key = Buffer.alloc(4)
  key.writeInt16BE(types.indexOf(type), 2)
  const value = Buffer.alloc(6)
  value.writeInt32BE(coordinatorEpoch, 2)
  return { key, value }
}

/** By their numbers. */
const types: readonly ControlType[] = [
  'abort',
  'commit',
  'leaderChange',
  'snapshotHeader',
  'snapshotFooter',
  'kraftVersion',
  'kraftVoters',
]

/** The bytes, which begin with a version (int16); what a later one adds comes after what is known. */
function versioned(bytes: Buffer | null, path: string, least: number): Buffer {
  if (bytes === null || bytes.length < least) return fail(`${bytes?.length ?? 'null'} of ${least} bytes`, 0, path)
  const version = bytes.readInt16BE(0)
  if (version < 0) fail(`version ${version}`, version, path)
  return bytes
}

function fail(problem: string, version: number, path: string): never {
  throw new ProtocolError(`ControlRecord: ${path}: ${problem}`, { api: 'ControlRecord', version, path, offset: 0 })
}
