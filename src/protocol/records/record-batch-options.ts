import { ArgumentError } from '../../errors.js'
import { compressions } from './compression/compression.js'
import type { RecordBatchOptions } from './record-batch-writer.js'

/**
 * Checks what a batch's header would otherwise not hold.
 *
 * @throws {ArgumentError} naming the option
 */
export function checkBatchOptions(options: RecordBatchOptions): void {
  const { compression, compressionLevel, maxBytes, lastOffset, baseOffset = 0n } = options
  if (compression !== undefined && !compressions.includes(compression)) {
    throw new ArgumentError(`compression must be one of ${compressions.join(', ')}, not ${compression}`)
  }
  if (compressionLevel !== undefined) checkLevel(compression, compressionLevel)
  if (maxBytes !== undefined && !(maxBytes > 0)) throw new ArgumentError(`maxBytes must be positive, not ${maxBytes}`)
  for (const name of ['baseOffset', 'lastOffset', 'maxTimestamp', 'deleteHorizon', 'producerId'] as const) {
    checkInt(name, options[name], 64)
  }
  checkInt('producerEpoch', options.producerEpoch, 16)
  checkInt('baseSequence', options.baseSequence, 32)
  checkInt('partitionLeaderEpoch', options.partitionLeaderEpoch, 32)
  if (lastOffset !== undefined && lastOffset < baseOffset) {
    throw new ArgumentError(`lastOffset ${lastOffset} is before baseOffset ${baseOffset}`)
  }
}

/** @throws {ArgumentError} when the value, if there is one, is no integer of that many bits */
export function checkInt(name: string, value: bigint | number | null | undefined, bits: number): void {
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
