import { UnsupportedVersionError } from '../errors.js'
import type { Api } from '../protocol/api.js'
import { type ApiFacts, factsOf } from './api-facts.js'
import { type Weigh, weigherOf } from './weigh.js'

/** Any API, whatever its messages. */
export type AnyApi = Api<never, unknown, unknown, never>

/** The versions of an API that a broker knows, both included. */
export interface ApiVersionRange {
  readonly min: number
  readonly max: number
}

/** How requests of one API and version are sent. */
export interface Route {
  readonly api: AnyApi
  readonly version: number
  readonly facts: ApiFacts
  /** About how long a body will be. */
  readonly weigh: Weigh
  /** Length, header and all, as it stands before each body; the length and the correlation id are still to be set. */
  readonly head: Buffer
  /** Whether a section of tagged fields follows the correlation id of the response. */
  readonly taggedResponseHeader: boolean
}

/** Where the correlation id stands in {@link Route.head}. */
export const correlationIdAt = 8

/** Makes the header that all requests of one API and version share. */
export function makeRoute(api: AnyApi, version: number, clientId: string): Route {
  const tags = api.requestHeaderVersion(version) >= 2 ? 1 : 0
  const idLength = Buffer.byteLength(clientId)
  const head = Buffer.alloc(correlationIdAt + 4 + 2 + idLength + tags)
  head.writeInt16BE(api.key, 4)
  head.writeInt16BE(version, 6)
  head.writeInt16BE(idLength, correlationIdAt + 4)
  head.write(clientId, correlationIdAt + 6)
  const taggedResponseHeader = api.responseHeaderVersion(version) >= 1
  return { api, version, facts: factsOf(api.name), weigh: weigherOf(api.request.fields), head, taggedResponseHeader }
}

/**
 * The version to speak: the highest that both sides know, or the one that was asked for.
 *
 * @throws {UnsupportedVersionError} when there is none, or not that one
 */
export function pickVersion(
  api: AnyApi,
  theirs: ApiVersionRange | undefined,
  pinned: number | undefined,
  peer: string,
): number {
  const ours = { min: api.versions.min, max: pinned === undefined ? api.versions.stable : api.versions.max }
  const refuse = (why: string) =>
    new UnsupportedVersionError(`${api.name} cannot be asked of ${peer}: ${why}`, { api: api.name, ours, theirs })
  if (theirs === undefined) throw refuse('the broker does not know this API; it may be older than it, or not serve it')
  const both = `the broker knows versions ${theirs.min} to ${theirs.max}, kafka-rx ${ours.min} to ${ours.max}`
  const [min, max] = [Math.max(ours.min, theirs.min), Math.min(ours.max, theirs.max)]
  if (pinned !== undefined && !(pinned >= min && pinned <= max))
    throw refuse(`version ${pinned} was asked for; ${both}`)
  if (min > max) throw refuse(both)
  return pinned ?? max
}
