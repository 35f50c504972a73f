import { checkOptions, type OptionNames } from '../../errors/check-options.js'
import { ArgumentError } from '../../errors.js'
import { type Compression, compressions } from './compression/compression.js'

/** Who produced a batch, for idempotence and transactions; all -1 by default. */
export interface BatchProducer {
  readonly producerId?: bigint | undefined
  readonly producerEpoch?: number | undefined
  /** The sequence number of the first record. */
  readonly baseSequence?: number | undefined
}

/** What a {@link RecordBatchWriter} writes into the header of its batch. */
export interface RecordBatchOptions extends BatchProducer {
  /** Default none. */
  readonly compression?: Compression | undefined
  /** gzip 1 to 9, zstd 1 to 22; default: the codec's own. */
  readonly compressionLevel?: number | undefined
  /** The most bytes of the whole batch before compression; default: what a batch can have, 2 GiB - 1. */
  readonly maxBytes?: number | undefined
  /** The memory to begin with, where it is known what the batch will take: spares growing. Default: half a KiB. */
  readonly expectedBytes?: number | undefined
  /** Default 0: brokers assign it. */
  readonly baseOffset?: bigint | undefined
  /** Default: that of the last record. Later where compaction has removed what followed. */
  readonly lastOffset?: bigint | undefined
  /** Default createTime. */
  readonly timestampType?: 'createTime' | 'logAppendTime' | undefined
  /** Default: the highest of the records. With `logAppendTime` the timestamp of them all. */
  readonly maxTimestamp?: bigint | undefined
  /** Default null: not set. */
  readonly deleteHorizon?: bigint | null | undefined
  readonly isTransactional?: boolean | undefined
  readonly isControl?: boolean | undefined
  /** Default -1: brokers set it. */
  readonly partitionLeaderEpoch?: number | undefined
}

/**
 * Checks what a batch's header would otherwise not hold.
 *
 * @throws {ArgumentError} naming the option
 */
export function checkBatchOptions(options: RecordBatchOptions): void {
  checkOptions(options, optionNames, 'RecordBatchWriter')
  const { compression, compressionLevel, lastOffset, baseOffset = 0n } = options
  if (compression !== undefined && !compressions.includes(compression)) {
    throw new ArgumentError(`compression must be one of ${compressions.join(', ')}, not ${compression}`)
  }
  if (compressionLevel !== undefined) checkLevel(compression, compressionLevel)
  for (const name of ['maxBytes', 'expectedBytes'] as const) {
    const bytes = options[name]
    if (bytes !== undefined && !(typeof bytes === 'number' && bytes > 0)) {
      throw new ArgumentError(`${name} must be a positive number, not ${bytes}`)
    }
  }
  const { timestampType = 'createTime' } = options
  if (timestampType !== 'createTime' && timestampType !== 'logAppendTime') {
    throw new ArgumentError(`timestampType must be createTime or logAppendTime, not ${String(timestampType)}`)
  }
  for (const name of ['isTransactional', 'isControl'] as const) {
    const flag = options[name] ?? false
    if (typeof flag !== 'boolean') throw new ArgumentError(`${name} must be true or false, not ${String(flag)}`)
  }
  for (const name of ['baseOffset', 'lastOffset', 'maxTimestamp', 'deleteHorizon'] as const) {
    checkInt(name, options[name], 64)
  }
  checkInt('partitionLeaderEpoch', options.partitionLeaderEpoch, 32)
  checkNumbers(options)
  if (lastOffset !== undefined && lastOffset < baseOffset) {
    throw new ArgumentError(`lastOffset ${lastOffset} is before baseOffset ${baseOffset}`)
  }
}

/**
 * Checks who is said to have produced a batch.
 *
 * @param at  who is told so, for the message
 * @throws {ArgumentError} naming what is unknown, or the number that is out of its range
 */
export function checkProducer(producer: BatchProducer, at: string): void {
  checkOptions(producer, producerNames, at)
  checkNumbers(producer)
}

const producerNames: OptionNames<BatchProducer> = { producerId: true, producerEpoch: true, baseSequence: true }

const optionNames: OptionNames<RecordBatchOptions> = {
  ...producerNames,
  compression: true,
  compressionLevel: true,
  maxBytes: true,
  expectedBytes: true,
  baseOffset: true,
  lastOffset: true,
  timestampType: true,
  maxTimestamp: true,
  deleteHorizon: true,
  isTransactional: true,
  isControl: true,
  partitionLeaderEpoch: true,
}

function checkNumbers({ producerId, producerEpoch, baseSequence }: BatchProducer): void {
  checkInt('producerId', producerId, 64)
  checkInt('producerEpoch', producerEpoch, 16)
  checkInt('baseSequence', baseSequence, 32)
}

function checkInt(name: string, value: bigint | number | null | undefined, bits: number): void {
  if (value === undefined || value === null) return
  const limit = 2 ** (bits - 1)
  const isInteger = bits === 64 ? typeof value === 'bigint' : Number.isInteger(value)
  if (!isInteger || value < -limit || value >= limit) {
    throw new ArgumentError(`${name} must be an int${bits}, not ${value}`)
  }
}

function checkLevel(compression: RecordBatchOptions['compression'], level: number): void {
  const highest = compression === 'gzip' ? 9 : compression === 'zstd' ? 22 : 0
  if (highest === 0) throw new ArgumentError(`compressionLevel: ${compression ?? 'none'} has no levels`)
  if (!(Number.isInteger(level) && level >= 1 && level <= highest)) {
    throw new ArgumentError(`compressionLevel of ${compression} must be 1 to ${highest}, not ${level}`)
  }
}
