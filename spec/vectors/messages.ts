import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import {
  apis,
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  type Message,
  RequestHeader,
  ResponseHeader,
} from 'kafka-rx/protocol'

/** The facts of an API as Kafka's own classes have them. */
export interface ApiFacts {
  readonly api: string
  readonly key: number
  readonly min: number
  readonly max: number
  readonly stable: number
  /** Of request and response, for each version from `min`. */
  readonly headers: readonly (readonly [number, number])[]
}

/** What a new field of a Java class holds, as text; of lists and structs also what their elements hold. */
export type Defaults = Readonly<Record<string, { readonly default: string | null; readonly fields?: Defaults }>>

/** A message that Kafka's own classes wrote, and what they read from it. */
export interface Vector {
  readonly message: string
  readonly version: number
  /** In base64. */
  readonly bytes: string
  readonly value: Json
}

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** All lines of `messages.jsonl.br`, by kind. */
export function readVectors(): { facts: ApiFacts[]; defaults: Map<string, Defaults>; vectors: Map<string, Vector[]> } {
  const file = new URL('./messages.jsonl.br', import.meta.url)
  const facts: ApiFacts[] = []
  const defaults = new Map<string, Defaults>()
  const vectors = new Map<string, Vector[]>()
  for (const text of brotliDecompressSync(readFileSync(file)).toString().trimEnd().split('\n')) {
    const line = JSON.parse(text)
    if ('api' in line) facts.push(line)
    else if ('defaults' in line) defaults.set(line.message, line.defaults)
    else vectors.set(line.message, [...(vectors.get(line.message) ?? []), line])
  }
  return { facts, defaults, vectors }
}

/** Every message there is, by its name. */
export function allMessages(): ReadonlyMap<string, Message> {
  const others: Message[] = [RequestHeader, ResponseHeader, ConsumerProtocolSubscription, ConsumerProtocolAssignment]
  const all = [...[...apis.values()].flatMap(({ request, response }) => [request, response]), ...others]
  return new Map(all.map(message => [message.name, message]))
}
