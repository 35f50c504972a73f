import { correlationIdAt, type Route } from './route.js'

/** Up to here a part is copied behind the one before: cheaper than a buffer of its own in the write. */
const SMALL = 4 * 1024

/** A request that is ready to be written. */
export interface Framed {
  readonly route: Route
  /** The body. */
  readonly parts: readonly Buffer[] | undefined
  /** In bytes, the header included. */
  readonly size: number
  readonly correlationId: number
}

const NONE: readonly Buffer[] = []

/** A batch of requests as it goes on the wire: headers and what is small in one buffer, what is large as it is. */
export function frameRequests(batch: readonly Framed[]): readonly Buffer[] {
  let length = 0
  for (const { route, parts = NONE } of batch) {
    length += route.head.length
    for (const part of parts) if (part.length <= SMALL) length += part.length
  }
  const small = Buffer.allocUnsafe(length)
  const framed: Buffer[] = []
  let from = 0
  let at = 0
  for (const { route, parts = NONE, size, correlationId } of batch) {
    const { head } = route
    small.set(head, at)
    small.writeInt32BE(size - 4, at)
    small.writeInt32BE(correlationId, at + correlationIdAt)
    at += head.length
    for (const part of parts) {
      if (part.length <= SMALL) {
        small.set(part, at)
        at += part.length
      } else {
        if (at > from) framed.push(small.subarray(from, at))
        framed.push(part)
        from = at
      }
    }
  }
  if (at > from) framed.push(from === 0 ? small : small.subarray(from, at))
  return framed
}
