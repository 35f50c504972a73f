import { ResponseHeader } from '../../protocol/messages/response-header.js'
import type { ParsedRequest } from './parse-request.js'

/** A response as it goes over the wire: its length, its header, its body. */
export function encodeAnswer({ handler, version, correlationId }: ParsedRequest, response: unknown): Uint8Array[] {
  const { api } = handler
  const body = api.response.encode(response, version)
  const header = ResponseHeader.encode({ correlationId }, api.responseHeaderVersion(version))
  const length = Buffer.alloc(4)
  length.writeInt32BE(header.length + body.length)
  return [Buffer.concat([length, header]), body]
}
