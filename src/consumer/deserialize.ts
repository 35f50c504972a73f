import { forkJoin, from, isObservable, type Observable, of, take, tap, throwIfEmpty } from 'rxjs'
import type { FieldContext } from '../cluster/field-context.js'
import type { RecordHeader } from '../protocol/index.js'
import type { ConsumerRecord } from './consumer-record.js'

/** What keys and values are made with, where not left as bytes. */
export interface Deserializers {
  readonly key: Deserialize | undefined
  readonly value: Deserialize | undefined
}

type Deserialize = (bytes: Buffer | null, context: FieldContext) => unknown

/**
 * Makes the key and the value of a record: now, or, where a deserializer takes its time, when what is returned completes.
 * Throws what a deserializer throws.
 */
export function deserialize(
  record: ConsumerRecord<unknown, unknown>,
  { key, value }: Deserializers,
): Observable<unknown> | undefined {
  const laterKey = key === undefined ? undefined : deserializeKey(record, key)
  const laterValue = value === undefined ? undefined : deserializeValue(record, value)
  if (laterKey === undefined && laterValue === undefined) return undefined
  return forkJoin([laterKey ?? of(undefined), laterValue ?? of(undefined)])
}

function deserializeKey(record: ConsumerRecord<unknown, unknown>, key: Deserialize): Observable<unknown> | undefined {
  const made = key(record.rawKey, new FieldOf(record, 'key'))
  if (isLater(made)) return once(made).pipe(tap(later => record.becomeKey(later)))
  record.becomeKey(made)
  return undefined
}

function deserializeValue(
  record: ConsumerRecord<unknown, unknown>,
  value: Deserialize,
): Observable<unknown> | undefined {
  const made = value(record.rawValue, new FieldOf(record, 'value'))
  if (isLater(made)) return once(made).pipe(tap(later => record.becomeValue(later)))
  record.becomeValue(made)
  return undefined
}

/** Headers are read only by who asks for them. */
class FieldOf implements FieldContext {
  readonly field: 'key' | 'value'
  readonly #record: ConsumerRecord<unknown, unknown>

  constructor(record: ConsumerRecord<unknown, unknown>, field: 'key' | 'value') {
    this.#record = record
    this.field = field
  }

  get topic(): string {
    return this.#record.topic
  }

  get headers(): readonly RecordHeader[] {
    return this.#record.headers
  }
}

type Later = PromiseLike<unknown> | Observable<unknown>

function isLater(made: unknown): made is Later {
  return isObservable(made) || typeof (made as { then?: unknown } | null | undefined)?.then === 'function'
}

function once(later: Later): Observable<unknown> {
  return from(later as Observable<unknown>).pipe(
    take(1),
    throwIfEmpty(() => new Error('the deserializer completed without a value')),
  )
}
