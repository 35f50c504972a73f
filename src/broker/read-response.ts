import { ProtocolError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { ApiVersions } from '../protocol/messages/api-versions.js'
import { ResponseHeader } from '../protocol/messages/response-header.js'
import type { Route } from './route.js'

/**
 * The id of the request that a frame answers.
 *
 * @throws {ProtocolError} when the frame is shorter than that
 */
export function correlationIdOf(frame: Buffer): number {
  if (frame.length >= 4) return frame.readInt32BE(0)
  throw headerError(`is ${frame.length} bytes long, shorter than its header`, frame.length)
}

/**
 * What follows the header of a response.
 *
 * @throws {ProtocolError} when the frame is shorter than its header
 */
export function bodyOf(frame: Buffer, { api, taggedResponseHeader }: Route): Buffer {
  if (!taggedResponseHeader) return frame.subarray(4)
  // No tagged field has been defined yet: their section is one zero.
  if (frame[4] === 0) return frame.subarray(5)
  try {
    return ResponseHeader.decodePrefix(frame, 1).rest
  } catch (cause) {
    throw headerError(`to ${api.name} is ${frame.length} bytes long and has no whole header`, 4, cause)
  }
}

/**
 * The response itself.
 *
 * @throws {ProtocolError} when the bytes are not what the version says
 */
export function decodeBody(body: Buffer, { api, version }: Route): unknown {
  // Who does not know the version that was asked with answers in version 0, which anybody can read (KIP-511).
  const isRefused =
    api.key === ApiVersions.key && body.length >= 2 && body.readInt16BE(0) === errors.UNSUPPORTED_VERSION.code
  return api.response.decode(body, isRefused ? 0 : version)
}

function headerError(what: string, offset: number, cause?: unknown): ProtocolError {
  const path = offset < 4 ? 'correlationId' : ''
  const options = { api: 'ResponseHeader', version: 1, path, offset }
  return new ProtocolError(`a response ${what}`, cause === undefined ? options : { ...options, cause })
}
