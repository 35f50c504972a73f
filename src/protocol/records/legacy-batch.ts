import { codecs } from './compression/compression.js'
import { inspect, inspectFields } from './inspect-fields.js'
import { LegacyMessage, leastBytes, prefixBytes } from './legacy-message.js'
import type { KafkaRecord, RecordBatch } from './record-batch.js'

/**
 * A message of magic 0 or 1 as a batch: of itself alone, or when compressed of the messages in its value.
 *
 * The offset of a compressed one is that of its last message. Inside, magic 0 has offsets as they are, magic 1 has them
 * relative to the first.
 */
export class LegacyBatch implements RecordBatch {
  readonly producerId = -1n
  readonly producerEpoch = -1
  readonly baseSequence = -1
  readonly isTransactional = false
  readonly isControl = false
  readonly partitionLeaderEpoch = -1
  readonly deleteHorizon = null
  readonly sizeInBytes: number
  readonly #message: LegacyMessage
  readonly #maxBytes: number
  readonly #checkCrc: boolean

  constructor(bytes: Buffer, maxBytes: number, checkCrc: boolean) {
    this.sizeInBytes = bytes.length
    this.#message = new LegacyMessage(bytes)
    this.#maxBytes = maxBytes
    this.#checkCrc = checkCrc
    if (checkCrc) this.#message.checkCrc()
  }

  get magic(): number {
    return this.#message.magic
  }

  get compression() {
    return this.#message.compression
  }

  get timestampType() {
    return this.#message.timestampType
  }

  get maxTimestamp(): bigint {
    return this.#message.timestamp
  }

  get lastOffset(): bigint {
    return this.#message.offset
  }

  /** Only the messages inside say so: reading it of a compressed one decompresses it. */
  get baseOffset(): bigint {
    for (const record of this) return record.offset
    return this.lastOffset
  }

  [Symbol.iterator](): Iterator<KafkaRecord> {
    return this.compression === 'none' ? [this.#message].values() : this.#inner()
  }

  [inspect](): object {
    return inspectFields(this, ['magic', 'lastOffset', 'compression', 'timestampType', 'maxTimestamp'])
  }

  *#inner(): Generator<KafkaRecord> {
    const wrapper = this.#message
    const bytes = this.#decompress()
    const starts = this.#starts(bytes)
    const last = starts.at(-1)
    if (last === undefined) return wrapper.fail('no messages inside', 'value', valueAt(wrapper))
    const lastOffset = bytes.readBigInt64BE(last.start)
    // Some clients left the wrapper's offset at 0: the messages then count from there.
    const isRelative = wrapper.magic === 1 && wrapper.offset !== 0n
    if (isRelative && wrapper.offset < lastOffset) {
      wrapper.fail(`its last message has the offset ${lastOffset}`, 'offset', 0)
    }
    const relation = {
      baseOffset: isRelative ? wrapper.offset - lastOffset : 0n,
      appendTime: wrapper.timestampType === 'logAppendTime' ? wrapper.timestamp : null,
    }
    for (const { start, end } of starts) {
      const message = new LegacyMessage(bytes.subarray(start, end), relation)
      if (this.#checkCrc) message.checkCrc()
      if (message.compression !== 'none') wrapper.fail('a compressed message inside', 'value', start)
      yield message
    }
  }

  /** Where each whole message stands; as in a fetch, a cut one at the end does not count. */
  #starts(bytes: Buffer): { start: number; end: number }[] {
    const starts = []
    let start = 0
    while (bytes.length - start >= prefixBytes) {
      const end = start + prefixBytes + bytes.readInt32BE(start + 8)
      if (end - start < leastBytes) this.#message.fail('a message inside is too short to be one', 'value', start)
      if (end > bytes.length) break
      starts.push({ start, end })
      start = end
    }
    return starts
  }

  #decompress(): Buffer {
    const wrapper = this.#message
    const { compression, value } = wrapper
    if (compression === 'none' || value === null) return wrapper.fail('compressed, but null', 'value', valueAt(wrapper))
    return codecs[compression].decompress(value, {
      maxBytes: this.#maxBytes,
      magic: wrapper.magic,
      fail: (problem, cause) => wrapper.fail(`${compression}: ${problem}`, 'value', valueAt(wrapper), cause),
    })
  }
}

/** A wrapper has no key. */
function valueAt(wrapper: LegacyMessage): number {
  return wrapper.magic === 0 ? 22 : 30
}
