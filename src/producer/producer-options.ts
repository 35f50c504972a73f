import { checkBoolean, checkFunction, checkInteger, checkTimeout } from '../connection/check-arguments.js'
import { checkOptions, describe, type OptionNames } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { type Compression, type RecordBatchOptions, RecordBatchWriter } from '../protocol/records/index.js'
import type { Data, ProducerRecord, Serializer } from './producer-record.js'

/** What all producers may be told. */
interface ProducerSettings<K, V> {
  /** How long a batch that is not full waits for more records, in ms; default 0: it goes as soon as there is room. */
  readonly linger?: number | undefined
  /** The most bytes of a batch before compression; default 131072. */
  readonly batchSize?: number | undefined
  /** The most bytes of a request, and so of a record; default 1048576, as brokers take it. */
  readonly maxRequestSize?: number | undefined
  /** Requests unanswered at once, for each broker; default 5. */
  readonly maxInFlight?: number | undefined
  /** The most bytes of records that are held at once; default 33554432. */
  readonly bufferMemory?: number | undefined
  /** Default `'none'`. */
  readonly compression?: Compression | undefined
  /** gzip 1 to 9, zstd 1 to 22; default: the codec's own. */
  readonly compressionLevel?: number | undefined
  /** From `send` to its end, linger and retries included, in ms; default 120000. */
  readonly deliveryTimeout?: number | undefined
  /** For records that do not say; undefined leaves it to murmur2 of the key, or sticky. */
  readonly partitioner?:
    | ((record: ProducerRecord<K, V>, key: Buffer | null, partitions: number) => number | undefined)
    | undefined
  readonly key?: Serializer<K> | undefined
  readonly value?: Serializer<V> | undefined
  /** Whether the broker is asked to create topics that are not there, if it does so at all; default true. */
  readonly autoCreateTopics?: boolean | undefined
}

/** Idempotent by default; for that every replica has to answer. */
export interface SafeProducerOptions<K = Data, V = Data> extends ProducerSettings<K, V> {
  /** Who must have a record before it is acknowledged: all replicas in sync. */
  readonly acks?: 'all' | undefined
  /** Whether the broker drops what a retry brings twice (KIP-98); default true. */
  readonly idempotent?: boolean | undefined
}

/** Acknowledged by the leader alone (1), or not at all (0). A retry may write twice. */
export interface FastProducerOptions<K = Data, V = Data> extends ProducerSettings<K, V> {
  readonly acks: 0 | 1
  readonly idempotent?: false | undefined
}

/** Options of {@link Kafka.producer}. */
export type ProducerOptions<K = Data, V = Data> = SafeProducerOptions<K, V> | FastProducerOptions<K, V>

/** The options, checked and with their defaults. */
export interface ProducerConfig {
  readonly acks: -1 | 0 | 1
  readonly idempotent: boolean
  readonly linger: number
  readonly batchSize: number
  readonly maxRequestSize: number
  readonly maxInFlight: number
  readonly bufferMemory: number
  readonly compression: Compression
  readonly compressionLevel: number | undefined
  readonly deliveryTimeout: number
  readonly partitioner: ProducerSettings<unknown, unknown>['partitioner']
  readonly key: Serializer<unknown> | undefined
  readonly value: Serializer<unknown> | undefined
  readonly autoCreateTopics: boolean
}

const names: OptionNames<SafeProducerOptions> = {
  acks: true,
  idempotent: true,
  linger: true,
  batchSize: true,
  maxRequestSize: true,
  maxInFlight: true,
  bufferMemory: true,
  compression: true,
  compressionLevel: true,
  deliveryTimeout: true,
  partitioner: true,
  key: true,
  value: true,
  autoCreateTopics: true,
}
const MAX_INT32 = 2 ** 31 - 1

/** Checks and completes the options. Throws ArgumentError; CompressionError where this process cannot use the codec. */
export function producerConfig<K, V>(options: ProducerOptions<K, V>): ProducerConfig {
  checkOptions(options as SafeProducerOptions, names, 'producer()')
  const { linger = 0, batchSize = 131_072, maxRequestSize = 1_048_576, maxInFlight = 5 } = options
  const { bufferMemory = 33_554_432, compression = 'none', compressionLevel, deliveryTimeout = 120_000 } = options
  const { partitioner, key, value, autoCreateTopics = true } = options
  const acks = acksOf(options.acks)
  const idempotent = options.idempotent ?? acks === -1
  checkBoolean('idempotent', idempotent)
  if (idempotent && acks !== -1) {
    throw new ArgumentError(`an idempotent producer needs acks 'all'; with acks ${acks} leave \`idempotent\` out`)
  }
  if (!(typeof linger === 'number' && linger >= 0)) {
    throw new ArgumentError(`linger must be 0 or a positive number of ms; got ${describe(linger)}`)
  }
  checkInteger('batchSize', batchSize, 1, MAX_INT32)
  checkInteger('maxRequestSize', maxRequestSize, 1, MAX_INT32)
  checkInteger('maxInFlight', maxInFlight, 1, MAX_INT32)
  checkInteger('bufferMemory', bufferMemory, 1, Number.MAX_SAFE_INTEGER)
  checkTimeout(deliveryTimeout, 'deliveryTimeout')
  checkBoolean('autoCreateTopics', autoCreateTopics)
  for (const [name, given] of Object.entries({ partitioner, key, value })) {
    if (given !== undefined) checkFunction(name, given)
  }
  checkCompression({ compression, compressionLevel })
  return {
    acks,
    idempotent,
    linger,
    batchSize,
    maxRequestSize,
    maxInFlight,
    bufferMemory,
    compression,
    compressionLevel,
    deliveryTimeout,
    partitioner: partitioner as ProducerConfig['partitioner'],
    key: key as Serializer<unknown> | undefined,
    value: value as Serializer<unknown> | undefined,
    autoCreateTopics,
  }
}

/** Writes a batch, so that a codec which this process cannot use is refused here and not with the first record. */
function checkCompression(options: RecordBatchOptions): void {
  const writer = new RecordBatchWriter(options)
  writer.appendFields(0, null, null, undefined)
  writer.close()
}

function acksOf(acks: unknown): -1 | 0 | 1 {
  if (acks === undefined || acks === 'all') return -1
  if (acks === 0 || acks === 1) return acks
  throw new ArgumentError(`acks must be 'all', 1 or 0; got ${describe(acks)}`)
}
