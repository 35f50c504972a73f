import { ProtocolError } from '../../errors.js'
import { ApiVersions } from '../../protocol/messages/api-versions.js'
import { RequestHeader } from '../../protocol/messages/request-header.js'
import type { Handler } from './handler.js'

/** A request that was understood. */
export interface ParsedRequest {
  readonly handler: Handler
  readonly version: number
  readonly correlationId: number
  readonly clientId: string
  readonly body: unknown
  /** Of a version that is not served: only ApiVersions is answered then, as version 0 (KIP-511). */
  readonly isUnsupported: boolean
}

/** Reads a request; undefined where Kafka would hang up: no such API, not in this version, or not what it says it is. */
export function parseRequest(frame: Buffer, handlers: ReadonlyMap<number, Handler>): ParsedRequest | undefined {
  if (frame.length < 8) return undefined
  const [key, version, correlationId] = [frame.readInt16BE(0), frame.readInt16BE(2), frame.readInt32BE(4)]
  const handler = handlers.get(key)
  if (handler === undefined) return undefined
  const { api } = handler
  try {
    if (version < api.versions.min || version > api.versions.stable) {
      if (key !== ApiVersions.key) return undefined
      return { handler, version: 0, correlationId, clientId: '', body: undefined, isUnsupported: true }
    }
    const { value, rest } = RequestHeader.decodePrefix(frame, api.requestHeaderVersion(version))
    // What may come behind a request is not looked at, as Kafka does not.
    const body = api.request.decodePrefix(rest, version).value
    return { handler, version, correlationId, clientId: value.clientId ?? '', body, isUnsupported: false }
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}
