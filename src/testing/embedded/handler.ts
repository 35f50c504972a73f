import type { Api } from '../../protocol/api.js'
import type { Client } from './client.js'
import type { Cluster } from './cluster.js'
import type { Node } from './node.js'
import type { Outcome } from './outcome.js'

/** What a handler knows beside the request. */
export interface RequestContext {
  readonly cluster: Cluster
  /** The broker that was asked. */
  readonly node: Node
  readonly client: Client
  readonly version: number
  /** When the request came, in ms. */
  readonly now: number
  /** All that is served. */
  readonly handlers: ReadonlyMap<number, Handler>
  /** How many bytes of answers the cluster may still hold for clients that have not taken theirs. */
  room(): number
  /** The error code that a fault has for this topic, or this partition of it; 0 for none. */
  refusal(topic: string, partition?: number): number
}

/** A partition by name, or a whole topic. */
export interface Place {
  readonly topic: string
  readonly partition?: number
}

/** A response without what is added to all. */
export type Body<R> = Omit<R, 'throttleTimeMs'>

/** What answers the requests of one API. */
export interface Handler<Q = unknown, R = unknown> {
  readonly api: Api<never, unknown, Q, R>
  /** The lowest that ApiVersions names, where it is not the lowest that is answered. */
  readonly advertisedMin?: number
  /** Its requests change nothing, or only what they themselves are about, as a session of fetches. */
  readonly isIdle?: true
  respond(request: Q, context: RequestContext): Outcome<Body<R>>
  /**
   * The response that has a fault's error for the whole request. Without it, or one of it, `respond` asks
   * {@link RequestContext.refusal}.
   */
  refuse?(request: Q, errorCode: number, context: RequestContext): Body<R> | undefined
  /** What a fault for a topic or a partition looks at. */
  places?(request: Q, context: RequestContext): Iterable<Place>
}

/** Declares a handler: what it is asked and what it may answer follow from the API. */
export function handler<Q, R>(api: Api<never, unknown, Q, R>, parts: Omit<Handler<Q, R>, 'api'>): Handler {
  return { api, ...parts } as Handler<Q, R> as Handler
}
