import { correlationIdAt, type Route } from './route.js'

/** Up to here a body is copied behind its header: cheaper than a buffer of its own in the write. */
const SMALL = 4 * 1024

/** A request that is ready to be written. */
export interface Framed {
  readonly route: Route
  readonly body: Buffer
  readonly correlationId: number
}

/** A batch of requests as it goes on the wire: headers and small bodies in one buffer, large bodies as they are. */
export function frameRequests(batch: readonly Framed[]): readonly Buffer[] {
  let length = 0
  for (const { route, body } of batch) length += route.head.length + (body.length <= SMALL ? body.length : 0)
  const small = Buffer.allocUnsafe(length)
  const parts: Buffer[] = []
  let from = 0
  let at = 0
  for (const { route, body, correlationId } of batch) {
    const { head } = route
    small.set(head, at)
    small.writeInt32BE(head.length - 4 + body.length, at)
    small.writeInt32BE(correlationId, at + correlationIdAt)
    at += head.length
    if (body.length <= SMALL) {
      small.set(body, at)
      at += body.length
    } else {
      parts.push(small.subarray(from, at), body)
      from = at
    }
  }
  if (at > from) parts.push(from === 0 ? small : small.subarray(from, at))
  return parts
}
