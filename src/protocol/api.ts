import { type Message, type MessageOptions, message, type Versions } from './message.js'
import type { Decoded, Encodable, Fields } from './schema.js'
import { parseVersions } from './versions.js'

/**
 * One of Kafka's APIs: a request, its response, and the versions in which both exist. The type parameters are what one
 * asks with, what comes back, and, for the other end, what is asked and what it may answer.
 */
export interface Api<RequestInput = never, Response = unknown, Request = unknown, ResponseInput = never> {
  /** As Kafka names it: `Metadata`. */
  readonly name: string
  /** The number that stands for it in a request's header. */
  readonly key: number
  readonly versions: Versions
  /** The first version with compact lengths and tagged fields; Infinity when there is none. */
  readonly flexibleFrom: number
  readonly request: Message<RequestInput, Request>
  readonly response: Message<ResponseInput, Response>
  /** The version of the header before a request of `version`. */
  requestHeaderVersion(version: number): number
  /** The version of the header before its response. */
  responseHeaderVersion(version: number): number
}

/** The declaration of an API. */
export interface ApiOptions<Q extends Fields, R extends Fields> extends MessageOptions {
  readonly key: number
  readonly request: Q
  readonly response: R
}

const apiVersionsKey = 18

/** Makes an API of its declaration. */
export function api<const Q extends Fields, const R extends Fields>(
  options: ApiOptions<Q, R>,
): Api<Encodable<Q>, Decoded<R>, Decoded<Q>, Encodable<R>> {
  const { name, key } = options
  const request = message({ ...options, name: `${name}Request` }, options.request)
  const response = message({ ...options, name: `${name}Response` }, options.response)
  const flexibleFrom = parseVersions(options.flexible).min
  return {
    name,
    key,
    versions: request.versions,
    flexibleFrom,
    request,
    response,
    requestHeaderVersion: version => (version >= flexibleFrom ? 2 : 1),
    // A client that asks with a version the broker does not know must still be able to read the answer (KIP-511).
    responseHeaderVersion: version => (version >= flexibleFrom && key !== apiVersionsKey ? 1 : 0),
  }
}
