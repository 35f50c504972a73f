import type { SaslSession } from './sasl-session.js'

/** A connection as its broker sees it. */
export interface Client {
  readonly id: number
  readonly nodeId: number
  /** The address it came from. */
  readonly host: string
  /** What the last request called itself. */
  clientId: string
  /** What ApiVersions said of the library: empty until then. */
  software: string
  /** Undefined where no authentication is asked for. */
  readonly sasl: SaslSession | undefined
}
