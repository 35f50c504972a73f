import type { RecordHeader } from '../protocol/index.js'

/** For which field a serializer or deserializer is called. */
export interface FieldContext {
  readonly topic: string
  readonly field: 'key' | 'value'
  readonly headers: readonly RecordHeader[]
}
