import { ResponseHeader } from '../../protocol/messages/response-header.js'
import type { ParsedRequest } from './parse-request.js'

/** A response as it goes over the wire: its length, its header, its body. */
export function encodeAnswer({ handler, version, correlationId }: ParsedRequest, response: unknown): Uint8Array[] {
  const { api } = handler
  const body = api.response.encode(response, version)
  const header = ResponseHeader.encode({ correlationId }, api.responseHeaderVersion(version))
  return frame(header, body)
}

/** Parts of a message with their length before them. */
export function frame(first: Uint8Array, ...others: Uint8Array[]): Uint8Array[] {
  const length = Buffer.alloc(4)
  length.writeInt32BE(others.reduce((sum, part) => sum + part.length, first.length))
  return [Buffer.concat([length, first]), ...others]
}
