import { expand, last, map, type Observable, of } from 'rxjs'
import { UnsupportedVersionError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { ApiVersions, type ApiVersionsResponse } from '../protocol/messages/api-versions.js'
import { brokerError } from './broker-error.js'
import type { ApiVersionRange } from './route.js'

/** Asks ApiVersions in a version. */
export type AskApiVersions = (version: number) => Observable<ApiVersionsResponse>

/** The features that a cluster has agreed on, for all its brokers (KIP-584). */
export interface BrokerFeatures {
  /** Grows with each agreement; -1n where the broker does not say. */
  readonly epoch: bigint
  /** The highest level of each in use, by name: `metadata.version`, `transaction.version`. */
  readonly levels: ReadonlyMap<string, number>
}

/** What a broker says of itself: every connection to it is told the same. */
export interface BrokerKnowledge {
  /** The versions that it knows of each API, by the API's key. */
  readonly versions: ReadonlyMap<number, ApiVersionRange>
  readonly features: BrokerFeatures
}

/** What is to be done next: ask in a version, or, with the answer, nothing more. */
type Step = { readonly ask: number } | { readonly knows: BrokerKnowledge }

/**
 * Asks what a broker speaks: in the newest version, and, where the broker does not know that, in the newest that it does
 * (KIP-511).
 */
export function negotiate(ask: AskApiVersions, peer: string): Observable<BrokerKnowledge> {
  const first: Step = { ask: ApiVersions.versions.stable }
  return of<Step>(first).pipe(
    expand(step => ('ask' in step ? ask(step.ask).pipe(map(response => judge(step.ask, response, peer))) : [])),
    last((step): step is { readonly knows: BrokerKnowledge } => 'knows' in step),
    map(({ knows }) => knows),
  )
}

function judge(asked: number, response: ApiVersionsResponse, peer: string): Step {
  const { errorCode, apiKeys, finalizedFeaturesEpoch: epoch, finalizedFeatures } = response
  const versions = new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [apiKey, range(minVersion, maxVersion)]))
  if (errorCode === errors.NONE.code) {
    const levels = new Map(finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
    return { knows: { versions, features: { epoch, levels } } }
  }
  if (errorCode !== errors.UNSUPPORTED_VERSION.code) throw brokerError(errorCode, `ApiVersions v${asked} of ${peer}`)
  // Before KIP-511 brokers did not say: version 0 is known to all.
  const theirs = versions.get(ApiVersions.key) ?? range(0, 0)
  const next = Math.min(theirs.max, asked - 1)
  const { min, stable } = ApiVersions.versions
  if (next >= Math.max(min, theirs.min)) return { ask: next }
  const message = `${peer} knows versions ${theirs.min} to ${theirs.max} of ApiVersions, kafka-rx ${min} to ${stable}`
  throw new UnsupportedVersionError(message, { api: ApiVersions.name, ours: range(min, stable), theirs })
}

function range(min: number, max: number): ApiVersionRange {
  return { min, max }
}
