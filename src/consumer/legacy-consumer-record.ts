import type { KafkaRecord, RecordHeader } from '../protocol/index.js'
import { ConsumerRecord, type RecordOrigin } from './consumer-record.js'

/** A record of the formats before magic 2, over the message that it is. */
export class LegacyConsumerRecord extends ConsumerRecord {
  readonly #message: KafkaRecord

  constructor(origin: RecordOrigin, message: KafkaRecord, index: number) {
    super(origin, 0, 0, Number(message.offset - origin.baseOffset), 0, 0, 0, 0, index)
    this.#message = message
  }

  override get timestamp(): number {
    return Number(this.#message.timestamp)
  }

  override get headers(): readonly RecordHeader[] {
    return this.#message.headers
  }

  override get rawKey(): Buffer | null {
    return this.#message.key
  }

  override get rawValue(): Buffer | null {
    return this.#message.value
  }

  override raw(): ConsumerRecord {
    return new LegacyConsumerRecord(this.origin, this.#message, this.index)
  }
}
