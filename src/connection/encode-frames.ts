import { Observable, type OperatorFunction, Subscription } from 'rxjs'
import { ArgumentError } from '../errors.js'
import { checkBytes } from './check-arguments.js'
import { follow } from './follow.js'

const LENGTH_BYTES = 4
/** Up to here the body is copied behind its length: cheaper than a second write. */
const SMALL = 4 * 1024
const MAX_LENGTH = 2 ** 31 - 1

/**
 * Puts Kafka's framing on: before each body its length as 4 bytes, big-endian.
 *
 * A body of up to 4 KiB goes with its length as one chunk; a longer one is not copied, and follows it as a second.
 *
 * ```text
 * source           --A----B-----|    A: abc, B: 5000 bytes
 * encodeFrames()   --a----(lB)--|    a: 0003abc, l: the length of B
 * ```
 *
 * Errors with {@link ArgumentError} for what is not bytes, or is longer than a length can say (2147483647).
 *
 * @example
 * requests.pipe(encodeFrames()).subscribe(bytes => connection.send.next(bytes))
 */
export function encodeFrames(): OperatorFunction<Uint8Array, Uint8Array> {
  return source =>
    new Observable(subscriber => {
      /** A body that comes while a length is being emitted must not get between the two. */
      const later: Uint8Array[] = []
      let emitting = false
      let ended = false
      const upstream = new Subscription()
      subscriber.add(upstream)

      function emit(): void {
        if (emitting) return
        emitting = true
        for (let part = later.shift(); part !== undefined && !subscriber.closed; part = later.shift())
          subscriber.next(part)
        emitting = false
        if (ended) subscriber.complete()
      }

      follow(source, upstream, {
        next: body => {
          try {
            later.push(...encodeFrame(body))
          } catch (error) {
            subscriber.error(error)
          }
          emit()
        },
        error: error => subscriber.error(error),
        complete: () => {
          ended = true
          emit()
        },
      })
    })
}

function encodeFrame(body: Uint8Array): Uint8Array[] {
  checkBytes(body)
  if (body.length > MAX_LENGTH)
    throw new ArgumentError(`a frame of ${body.length} bytes is too long for its length prefix`)
  const small = body.length <= SMALL
  const head = Buffer.allocUnsafe(small ? LENGTH_BYTES + body.length : LENGTH_BYTES)
  head.writeInt32BE(body.length)
  if (!small) return [head, body]
  head.set(body, LENGTH_BYTES)
  return [head]
}
