import { errors } from '../../protocol/error-codes.js'
import { ApiVersions } from '../../protocol/messages/api-versions.js'
import { ResponseHeader } from '../../protocol/messages/response-header.js'
import type { ParsedRequest } from './parse-request.js'

/** A response as it goes over the wire: its length, its header, its body. */
export function encodeAnswer({ handler, version, correlationId }: ParsedRequest, response: unknown): Uint8Array[] {
  const { api } = handler
  // Refused, ApiVersions is answered in the version that every client can read (KIP-511).
  const isRefused =
    api.key === ApiVersions.key &&
    (response as { readonly errorCode: number }).errorCode === errors.UNSUPPORTED_VERSION.code
  const body = api.response.encodeParts(response, isRefused ? 0 : version)
  const header = ResponseHeader.encode({ correlationId }, api.responseHeaderVersion(version))
  return frame(header, ...body)
}

/** Parts of a message with their length before them. */
export function frame(first: Uint8Array, ...others: Uint8Array[]): Uint8Array[] {
  const length = Buffer.alloc(4)
  length.writeInt32BE(others.reduce((sum, part) => sum + part.length, first.length))
  return [Buffer.concat([length, first]), ...others]
}
