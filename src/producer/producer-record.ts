import type { Observable } from 'rxjs'
import type { FieldContext } from '../cluster/field-context.js'
import type { Time } from '../cluster/time.js'

/** What is written as a key or a value where there is no serializer: a string as UTF-8, null as null. */
export type Data = string | Uint8Array | null

/** What a header may hold; a string is written as UTF-8. */
export type HeaderValue = string | Uint8Array | null

/** By name (a list is that many headers of the name, undefined is none), or as a ConsumerRecord has them. */
export type Headers =
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>
  | readonly { readonly key: string; readonly value: HeaderValue }[]

/** A record to be produced. What may be left out may be undefined, since records are built of data. */
export interface ProducerRecord<K = Data, V = Data> {
  readonly topic: string
  /** Default: by `partitioner`, by the key's hash as Java has it, or, without a key, as is best for batching. */
  readonly partition?: number | undefined
  /** Records of one key are in one partition, and so in order; default null. */
  readonly key?: K | null | undefined
  /** Null is a tombstone: compaction deletes what the key had. */
  readonly value: V | null
  readonly headers?: Headers | undefined
  /** Default: now. */
  readonly timestamp?: Time | undefined
}

/**
 * Makes what is written of a key or a value, now or later; never called with null, which is written as null.
 *
 * @example
 * const value = (order: { readonly id: string }) => JSON.stringify(order)
 */
export type Serializer<T> = (value: T, context: FieldContext) => Data | PromiseLike<Data> | Observable<Data>
