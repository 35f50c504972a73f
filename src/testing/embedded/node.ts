import type { FetchSession } from './fetch-session.js'

/** One broker of the cluster. */
export interface Node {
  readonly id: number
  readonly host: string
  readonly rack: string | null
  /** Where clients are sent; known once it listens. */
  port: number
  isUp: boolean
  /** Lost when it goes down. */
  readonly fetchSessions: Map<number, FetchSession>
}
