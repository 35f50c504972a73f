import type { Observable, OperatorFunction, Subscriber } from 'rxjs'
import { checkOptions, type OptionNames } from '../errors/check-options.js'
import { FrameError } from '../errors.js'
import { checkInteger, checkScheduler, checkTimeout } from './check-arguments.js'
import { type Cutter, cutSlices, type Unemitted } from './cut-slices.js'
import type { ReadTerms } from './read-terms.js'
import { type ReceiveOptions, receiveOptionNames } from './receive.js'

/** Options of {@link decodeFrames}. */
export interface DecodeFramesOptions extends ReceiveOptions {
  /** The longest body to accept, in bytes. Default: the connection's `maxMessageBytes`; elsewhere 104857600. */
  readonly maxLength?: number | undefined
}

const names: OptionNames<DecodeFramesOptions> = { ...receiveOptionNames, maxLength: true }

const LENGTH_BYTES = 4

/**
 * Takes Kafka's framing off: a 4-byte big-endian length, then the body, which is emitted and may be empty.
 *
 * Nothing may come for ever between frames; a frame once begun must end within `timeout` ms of the chunk that holds its
 * first byte. Resumable: unsubscribed, timed out or failed in mid-frame, it gives the whole frame back, length
 * included, and the next `decodeFrames()` starts there. Memory grows with what arrives, not with what a length claims.
 *
 * ```text
 * source           --0003ab--c0002de--0005f--|
 * decodeFrames()   ----------A----B----------#     A: abc, B: de, #: EndOfStreamError
 * ```
 *
 * A body inside one chunk is a view, not a copy: see {@link receive} for what keeping it costs.
 *
 * @throws {ArgumentError} when an option cannot be right
 * Errors with {@link FrameError} for a negative length or one above `maxLength`, naming what the bytes look like (a TLS
 * alert, HTTP), with {@link ReceiveTimeoutError}, and with {@link EndOfStreamError} when the peer closes inside a frame;
 * completes when it closes between two.
 *
 * @example
 * connection.pipe(decodeFrames(), pullMap(frame => handle(frame))).subscribe()
 */
export function decodeFrames(options: DecodeFramesOptions = {}): OperatorFunction<Uint8Array, Buffer> {
  checkOptions(options, names, 'decodeFrames()')
  checkTimeout(options.timeout)
  checkScheduler(options.scheduler)
  if (options.maxLength !== undefined) checkInteger('maxLength', options.maxLength, 0, 2 ** 31 - 1)
  return (source: Observable<Uint8Array>) =>
    cutSlices(source, options, terms => frames(options.maxLength ?? terms.maxLength, terms))
}

function frames(maxLength: number, terms: ReadTerms): Cutter {
  const frameLength = (bytes: Buffer, at: number): number => {
    const length = readLength(bytes, at)
    if (length < 0 || length > maxLength) throw new FrameError(describeLength(length, maxLength, terms), { length })
    return LENGTH_BYTES + length
  }

  /** Emits the frames that lie whole in the chunk: the hot loop. */
  function cutWhole(unemitted: Unemitted, subscriber: Subscriber<Buffer>): number {
    const { chunk } = unemitted
    const end = chunk.length
    let count = 0
    unemitted.wanted = LENGTH_BYTES
    for (let at = unemitted.at; end - at >= LENGTH_BYTES; ) {
      const next = at + frameLength(chunk, at)
      if (next > end) {
        unemitted.wanted = next - at
        break
      }
      const frame = chunk.subarray(at + LENGTH_BYTES, next)
      at = next
      unemitted.at = next
      count++
      subscriber.next(frame)
      if (subscriber.closed || unemitted.chunk !== chunk) break
    }
    return count
  }

  /** Takes from the chunk what the gathered bytes lack to be `length` long; whether that was there. */
  function complete(unemitted: Unemitted, length: number): boolean {
    const { gathered, chunk, at } = unemitted
    const end = at + length - gathered.length
    if (end > chunk.length) return false
    gathered.add(chunk.subarray(at, end), length)
    unemitted.at = end
    return true
  }

  function cut(unemitted: Unemitted, subscriber: Subscriber<Buffer>): number {
    const { gathered } = unemitted
    if (gathered.length === 0) return cutWhole(unemitted, subscriber)
    if (gathered.length < LENGTH_BYTES && !complete(unemitted, LENGTH_BYTES)) return 0
    unemitted.wanted = frameLength(gathered.peek(LENGTH_BYTES), 0)
    if (!complete(unemitted, unemitted.wanted)) return 0
    subscriber.next(gathered.take().subarray(LENGTH_BYTES))
    return subscriber.closed ? 1 : 1 + cutWhole(unemitted, subscriber)
  }

  return { cut, wanted: LENGTH_BYTES, idle: true }
}

/** As `readInt32BE`, whose checks of what is known here cost a tenth of a small frame. */
function readLength(bytes: Buffer, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16)
  return high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
}

function describeLength(length: number, maxLength: number, terms: ReadTerms): string {
  const limit = length < 0 ? 'which is negative' : `above the limit of ${maxLength}`
  return `a frame${terms.from} claims ${length} bytes, ${limit}${looksLike(length >>> 0)}`
}

/** What the four bytes are, read as anything but a length. */
function looksLike(bytes: number): string {
  const text = String.fromCharCode(bytes >>> 24, (bytes >>> 16) & 255, (bytes >>> 8) & 255, bytes & 255)
  if (bytes >>> 16 === 0x1503) return '; it looks like a TLS alert: the listener is TLS, connect with `tls`'
  if (bytes >>> 16 === 0x1603) return '; it looks like a TLS handshake: is this port meant for something else?'
  if (text === 'HTTP') return '; it looks like HTTP: this is a web server, not a Kafka listener'
  if (/^[ -~]{4}$/.test(text)) return `; it looks like text ("${text}"): this is not a Kafka listener`
  return '; this is not a Kafka listener, or the reader has lost its place in the stream'
}
