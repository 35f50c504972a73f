import { attribute, field } from '../../protocol/records/batch-v2.js'
import { crc32c } from '../../protocol/records/crc32c.js'
import { ownBytes } from './own-bytes.js'

/** A batch as the log keeps it. */
export interface StoredBatch {
  /** The log's alone, with its offset and leader epoch in it. */
  readonly bytes: Buffer
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly maxTimestamp: bigint
  /** How many bytes were ever appended before it. */
  readonly position: number
}

/** The time in a batch's header: the highest of its records, or with `isAppendTime` that of all of them. */
export interface BatchTime {
  readonly maxTimestamp: bigint
  readonly isAppendTime: boolean
}

/** From which offset on a leader epoch counts. */
export interface EpochStart {
  readonly epoch: number
  readonly startOffset: bigint
}

/**
 * The batches of one partition. All of its replicas are this one log, so its end is the high watermark.
 *
 * Invariant: the batches lie offset by offset behind one another, from one that holds `startOffset` to `endOffset`.
 */
export class Log {
  startOffset = 0n
  endOffset = 0n
  readonly #batches: StoredBatch[] = []
  /** How many at the beginning of the array are gone: they are cut off when they are the most. */
  #gone = 0
  /** How many bytes were ever appended. */
  #position = 0
  readonly #epochs: EpochStart[] = []

  /** The batches that are there, the oldest first. */
  get batches(): readonly StoredBatch[] {
    return this.#batches.slice(this.#gone)
  }

  get sizeInBytes(): number {
    return this.#position - (this.#batches[this.#gone]?.position ?? this.#position)
  }

  /** A leader begins: what it appends has this epoch. */
  beginEpoch(epoch: number): void {
    const startOffset = this.endOffset
    while ((this.#epochs.at(-1)?.startOffset ?? -1n) >= startOffset) this.#epochs.pop()
    this.#epochs.push({ epoch, startOffset })
  }

  /** Appends a batch, which nobody may use any more: its offset, its epoch and, where given, its time are written in. */
  append(batchBytes: Buffer, time?: BatchTime): StoredBatch {
    const baseOffset = this.endOffset
    const bytes = ownBytes(batchBytes)
    bytes.writeBigInt64BE(baseOffset, field.baseOffset)
    bytes.writeInt32BE(this.#epochs.at(-1)?.epoch ?? 0, field.partitionLeaderEpoch)
    if (time !== undefined) stampTime(bytes, time)
    const batch: StoredBatch = {
      bytes,
      baseOffset,
      lastOffset: baseOffset + BigInt(bytes.readInt32BE(field.lastOffsetDelta)),
      maxTimestamp: bytes.readBigInt64BE(field.maxTimestamp),
      position: this.#position,
    }
    this.#batches.push(batch)
    this.#position += bytes.length
    this.endOffset = batch.lastOffset + 1n
    return batch
  }

  /** Lets the oldest batches go until no more than so many bytes are left, one batch at the least. */
  retain(maxBytes: number): void {
    const last = this.#batches.length - 1
    while (this.sizeInBytes > maxBytes && this.#gone < last) {
      this.#gone++
      this.startOffset = (this.#batches[this.#gone] as StoredBatch).baseOffset
    }
    if (this.#gone * 2 <= this.#batches.length) return
    this.#batches.splice(0, this.#gone)
    this.#gone = 0
  }

  /** Loses all batches from the one that holds the offset on. */
  truncate(offset: bigint): void {
    const lost = this.#batches[this.#indexOf(offset)]
    if (lost === undefined) return
    this.#batches.splice(this.#indexOf(offset))
    this.#position = lost.position
    this.endOffset = lost.baseOffset
    while ((this.#epochs.at(-1)?.startOffset ?? -1n) >= this.endOffset) this.#epochs.pop()
  }

  /**
   * The batches from the one that holds `offset` to the last before `end`, as many as fit into `maxBytes`; with `atLeastOne`
   * the first even if it does not.
   */
  read(offset: bigint, end: bigint, maxBytes: number, atLeastOne: boolean): StoredBatch[] {
    const found: StoredBatch[] = []
    let size = 0
    for (let i = this.#indexOf(offset); i < this.#batches.length; i++) {
      const batch = this.#batches[i] as StoredBatch
      size += batch.bytes.length
      if (batch.baseOffset >= end) break
      if (size > maxBytes && !(atLeastOne && found.length === 0)) break
      found.push(batch)
    }
    return found
  }

  /** How many bytes {@link read} could give, were there no limit. */
  available(offset: bigint, end: bigint): number {
    const position = (at: bigint) => this.#batches[this.#indexOf(at)]?.position ?? this.#position
    return Math.max(position(end) - position(offset), 0)
  }

  /** The batch that holds the offset, or the first after it. */
  batchAt(offset: bigint): StoredBatch | undefined {
    return this.#batches[this.#indexOf(offset)]
  }

  /** The epoch in which an offset was written, or would be; -1 before the first. */
  epochAt(offset: bigint): number {
    return this.#epochs.findLast(entry => entry.startOffset <= offset)?.epoch ?? -1
  }

  /** Where the last epoch up to the given one ended; both -1 where that is not known. */
  endOfEpoch(epoch: number): { readonly epoch: number; readonly endOffset: bigint } {
    const latest = this.#epochs.at(-1)
    if (latest === undefined || epoch < 0 || epoch > latest.epoch) return { epoch: -1, endOffset: -1n }
    const next = this.#epochs.find(entry => entry.epoch > epoch)
    const own = this.#epochs.findLast(entry => entry.epoch <= epoch)
    return { epoch: own?.epoch ?? epoch, endOffset: next?.startOffset ?? this.endOffset }
  }

  /** The first batch that is still there and ends at the offset or after it: a binary search. */
  #indexOf(offset: bigint): number {
    let low = this.#gone
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#batches[middle] as StoredBatch).lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Writes in what is not there yet. The checksum covers both. */
function stampTime(bytes: Buffer, { maxTimestamp, isAppendTime }: BatchTime): void {
  const attributes = bytes.readInt16BE(field.attributes)
  const stamped = isAppendTime ? attributes | attribute.logAppendTime : attributes & ~attribute.logAppendTime
  if (stamped === attributes && bytes.readBigInt64BE(field.maxTimestamp) === maxTimestamp) return
  bytes.writeInt16BE(stamped, field.attributes)
  bytes.writeBigInt64BE(maxTimestamp, field.maxTimestamp)
  bytes.writeUInt32BE(crc32c(bytes.subarray(field.attributes)), field.crc)
}
