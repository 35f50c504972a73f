/**
 * The words in which messages are declared. A message is an object of fields in the order of the wire; each field is a
 * type and, where they differ from "in every version, never null", its {@link FieldOptions}.
 *
 * ```ts
 * const request = {
 *   topics: array({ topicId: uuid({ versions: '10+' }), name: string({ nullable: '10+' }) }, { nullable: '1+' }),
 *   allowAutoTopicCreation: bool({ versions: '4+', default: true }),
 * }
 * ```
 */

/** The wire types that are not made of other types. */
export type ScalarType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'string'
  | 'uuid'
  | 'bytes'
  | 'records'

/** How a field departs from "in every version, never null, default zero or empty". */
export interface FieldOptions<T> {
  /** The versions that have the field: `'4+'`, `'8-10'`, `'2'`. Without it, all that the message has. */
  readonly versions?: string
  /** The versions in which it may be null; `true` is all. */
  readonly nullable?: string | true
  /** What a reader gets from a version that lacks the field. Without it, zero, false or empty. */
  readonly default?: T | null
  /** A version without the field drops the value silently, where it would otherwise be refused. */
  readonly ignorable?: true
  /** The field travels among the tagged fields, under this number, and only when it is not the default. */
  readonly tag?: number
  /** The field keeps the lengths of the versions before flexible ones. */
  readonly flexible?: false
}

declare const decoded: unique symbol
declare const encodable: unique symbol
declare const optional: unique symbol
declare const structs: unique symbol
declare const struct_: unique symbol

/** A declared field; its type parameters are what a reader gets, what a writer may give, and whether it may leave it out. */
export interface Field<Out = unknown, In = Out, Optional extends boolean = boolean> extends FieldOptions<unknown> {
  readonly type: ScalarType | 'array' | 'struct'
  /** What an array holds. */
  readonly element?: Field
  /** What a struct holds. */
  readonly fields?: Fields
  readonly [decoded]?: Out
  readonly [encodable]?: In
  readonly [optional]?: Optional
}

/** A field of structs: {@link Struct} or {@link Structs}, for reader and writer alike. */
export interface StructField<S = unknown, Optional extends boolean = boolean> extends Field<S, S, Optional> {}

/** Fields by name, in the order of the wire. */
export type Fields = Readonly<Record<string, Field>>

type Expand<T> = T extends infer O ? { [K in keyof O]: O[K] } : never
type OptionalIn<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly [optional]?: infer O } ? (true extends O ? K : never) : never
}[keyof F]

/** What decoding gives: every field, whatever the version; the ones that it lacks have their defaults. */
export type Decoded<F extends Fields> = Expand<{ -readonly [K in keyof F]: OutOf<F[K]> }>

/** What encoding takes: a field that some version lacks, or that is tagged, may be left out. */
export type Encodable<F extends Fields> = Expand<Given<F, Exclude<keyof F, OptionalIn<F>>> & Allowed<F, OptionalIn<F>>>

// Over the names of F as a type parameter: so mapped, fields keep their comments, which editors show.
type Given<F extends Fields, N extends keyof F> = { readonly [K in N]: InOf<F[K]> }
type Allowed<F extends Fields, N extends keyof F> = { readonly [K in N]?: InOf<F[K]> | undefined }

type OutOf<F> = F extends { readonly [decoded]?: infer Out } ? Read<Exclude<Out, undefined>> : never
type InOf<F> = F extends { readonly [encodable]?: infer In } ? Written<Exclude<In, undefined>> : never
type Read<T> = T extends Structs<infer F> ? Decoded<F>[] : T extends Struct<infer F> ? Decoded<F> : T
type Written<T> = T extends Structs<infer F> ? readonly Encodable<F>[] : T extends Struct<infer F> ? Encodable<F> : T

/** Stands for a struct with these fields until it is known whether it is read or written; so it keeps their comments. */
export interface Struct<F extends Fields> {
  readonly [struct_]: F
}

/** The same for a list of them. */
export interface Structs<F extends Fields> {
  readonly [structs]: F
}

type Nullable<T, O> = O extends { readonly nullable: string | true } ? T | null : T
type IsOptional<O> = O extends { readonly versions: string } | { readonly tag: number } ? true : false
type FieldOf<Out, In, O> = Field<Nullable<Out, O>, Nullable<In, O>, IsOptional<O>>

type Scalar<Out, In = Out> = <const O extends FieldOptions<Out>>(options?: O) => FieldOf<Out, In, O>

function scalar<Out, In = Out>(type: ScalarType): Scalar<Out, In> {
  return <O extends FieldOptions<Out>>(options?: O): FieldOf<Out, In, O> => ({ ...options, type })
}

/** True or false; one byte. */
export const bool: Scalar<boolean> = scalar('bool')
/** An integer from -128 to 127. */
export const int8: Scalar<number> = scalar('int8')
/** An integer from -32768 to 32767. */
export const int16: Scalar<number> = scalar('int16')
/** An integer from 0 to 65535. */
export const uint16: Scalar<number> = scalar('uint16')
/** An integer from -2147483648 to 2147483647. */
export const int32: Scalar<number> = scalar('int32')
/** An integer from 0 to 4294967295. */
export const uint32: Scalar<number> = scalar('uint32')
/** A bigint of 64 bits, signed. */
export const int64: Scalar<bigint> = scalar('int64')
/** A double. */
export const float64: Scalar<number> = scalar('float64')
/** UTF-8, at most 32767 bytes. */
export const string: Scalar<string> = scalar('string')
/** 16 bytes, as Kafka prints them: 22 characters of base64url. The default is sixteen zeros. */
export const uuid: Scalar<string> = scalar('uuid')
/** Bytes; what is read is a view of the message, not a copy. */
export const bytes: Scalar<Buffer, Uint8Array> = scalar('bytes')
/** Record batches; what is read is a view of the message, not a copy. */
export const records: Scalar<Buffer, Uint8Array> = scalar('records')

/** A list of scalars, or of structs with these fields. */
export function array<Out, In, const O extends FieldOptions<readonly never[]>>(
  element: Field<Out, In, false>,
  options?: O,
): FieldOf<Out[], readonly In[], O>
export function array<const F extends Fields, const O extends FieldOptions<readonly never[]>>(
  element: F,
  options?: O,
): StructField<Nullable<Structs<F>, O>, IsOptional<O>>
export function array(element: Field | Fields, options?: FieldOptions<unknown>): Field {
  const isField = typeof element.type === 'string'
  return { ...options, type: 'array', element: (isField ? element : { type: 'struct', fields: element }) as Field }
}

/** One struct with these fields. */
export function struct<const F extends Fields, const O extends FieldOptions<never>>(
  fields: F,
  options?: O,
): StructField<Nullable<Struct<F>, O>, IsOptional<O>> {
  return { ...options, type: 'struct', fields }
}
