import { forkJoin, from, isObservable, map, type Observable, of, take, throwIfEmpty } from 'rxjs'
import type { FieldContext } from '../cluster/field-context.js'
import type { NewHeader } from '../protocol/records/index.js'
import type { Data, Headers, HeaderValue, ProducerRecord, Serializer } from './producer-record.js'

/** What is written of a record. */
export interface Serialized {
  readonly key: Data
  readonly value: Data
  readonly headers: readonly NewHeader[] | undefined
}

/** What a producer is told of its serializers. */
export interface Serializers {
  readonly key: Serializer<unknown> | undefined
  readonly value: Serializer<unknown> | undefined
}

/** What is to be written of a record, now, or, where a serializer takes its time, later. Throws what a serializer throws. */
export function serialize(
  record: ProducerRecord<unknown, unknown>,
  { key, value }: Serializers,
): Serialized | Observable<Serialized> {
  const headers = headersOf(record.headers)
  if (key === undefined && value === undefined) {
    return { key: (record.key ?? null) as Data, value: record.value as Data, headers }
  }
  const context = (field: 'key' | 'value'): FieldContext => ({
    topic: record.topic,
    field,
    headers: (headers ?? []).map(({ key: name, value: data }) => ({ key: name, value: bytesOf(data) })),
  })
  const keyData = serializeField(record.key, key, () => context('key'))
  const valueData = serializeField(record.value, value, () => context('value'))
  if (isLater(keyData) || isLater(valueData)) {
    return forkJoin([once(keyData), once(valueData)]).pipe(map(([k, v]) => ({ key: k, value: v, headers })))
  }
  return { key: keyData, value: valueData, headers }
}

type Later = PromiseLike<Data> | Observable<Data>

/** Null is written as null, whatever the serializer. */
function serializeField(
  value: unknown,
  serializer: Serializer<unknown> | undefined,
  context: () => FieldContext,
): Data | Later {
  if (value === null || value === undefined) return null
  return serializer === undefined ? (value as Data) : serializer(value, context())
}

function isLater(data: Data | Later): data is Later {
  return isObservable(data) || typeof (data as { then?: unknown } | null)?.then === 'function'
}

function once(data: Data | Later): Observable<Data> {
  if (!isLater(data)) return of(data)
  return from(data as Observable<Data>).pipe(
    take(1),
    throwIfEmpty(() => new Error('the serializer completed without a value')),
  )
}

/** Headers as a record has them on the wire. */
export function headersOf(headers: Headers | undefined): readonly NewHeader[] | undefined {
  if (headers === undefined || Array.isArray(headers)) return headers as readonly NewHeader[] | undefined
  const list: NewHeader[] = []
  for (const [key, value] of Object.entries(headers as Exclude<Headers, readonly unknown[]>)) {
    if (value === undefined) continue
    if (Array.isArray(value)) for (const one of value) list.push({ key, value: one })
    else list.push({ key, value: value as HeaderValue })
  }
  return list
}

function bytesOf(data: HeaderValue): Buffer | null {
  return data === null ? null : Buffer.from(data as Uint8Array)
}
