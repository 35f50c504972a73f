import {
  concat,
  count,
  lastValueFrom,
  map,
  NEVER,
  of,
  range,
  repeat,
  type SchedulerLike,
  Subject,
  startWith,
  take,
  throwError,
  VirtualTimeScheduler,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  byteSource,
  connect,
  decodeFrames,
  type EndOfStreamError,
  type FrameError,
} from '../../src/connection/index.js'
import { scripted, text } from '../../src/testing/index.js'
import { endless, eventsOf } from './events.js'

const MANY = 100_000

function frame(body: string | Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, Buffer.from(body)])
}

/** The error that these bytes are taken for. */
function errorOf(bytes: string | Uint8Array, options = {}): FrameError | EndOfStreamError {
  const { events } = eventsOf(of(Buffer.from(bytes)).pipe(decodeFrames(options), map(String)))
  let error: unknown
  of(Buffer.from(bytes))
    .pipe(decodeFrames(options))
    .subscribe({
      error: told => {
        error = told
      },
    })
  expect(events).toEqual([String(error)])
  return error as FrameError | EndOfStreamError
}

describe('decodeFrames()', () => {
  it('is synchronous over a synchronous source, whatever its chunks', () => {
    const stream = Buffer.concat([frame('abc'), frame(''), frame('de')])
    for (let size = 1; size <= stream.length; size++) {
      const chunks = range(0, Math.ceil(stream.length / size)).pipe(map(n => stream.subarray(n * size, (n + 1) * size)))
      const { events } = eventsOf(chunks.pipe(decodeFrames(), text))
      expect(events, `chunks of ${size}`).toEqual(['abc', '', 'de', 'complete'])
    }
  })

  it('arms nothing with a timeout of Infinity, however long a frame takes', () => {
    const scheduler = new VirtualTimeScheduler()
    const incoming = new Subject<Buffer>()
    const transport = scripted({ incoming })
    const { events } = eventsOf(
      connect({ host: 'broker', transport, scheduler }, connection =>
        connection.pipe(decodeFrames({ timeout: Number.POSITIVE_INFINITY }), text),
      ),
    )
    scheduler.flush()
    incoming.next(frame('abc').subarray(0, 6))
    expect([scheduler.actions, events]).toEqual([[], []])
    incoming.next(frame('abc').subarray(6))
    expect(events).toEqual(['abc'])
  })

  it('fails as its source does', () => {
    const source = concat(
      of(frame('abc')),
      throwError(() => new Error('of the source')),
    )
    expect(eventsOf(source.pipe(decodeFrames(), text)).events).toEqual(['abc', 'Error: of the source'])
  })

  it('leaves its source when unsubscribed, an endless synchronous one at once', () => {
    const source = new Subject<Buffer>()
    const { subscription } = eventsOf(source.pipe(decodeFrames()))
    source.next(frame('abc').subarray(0, 5))
    subscription.unsubscribe()
    expect(source.observed).toBe(false)
    const frames = endless(frame('a'))
    expect(eventsOf(frames.source.pipe(decodeFrames(), take(2), text)).events).toEqual(['a', 'a', 'complete'])
    expect(frames.emitted).toBe(2)
  })

  it('keeps in order what its subscriber causes to come', () => {
    const source = new Subject<Buffer>()
    const { events } = eventsOf(
      source.pipe(
        decodeFrames(),
        text,
        map(body => {
          if (body === 'a') source.next(frame('c').subarray(0, 3))
          if (body === 'b') source.next(frame('c').subarray(3))
          if (body === 'c') source.complete()
          return body
        }),
      ),
    )
    source.next(Buffer.concat([frame('a'), frame('b')]))
    expect(events).toEqual(['a', 'b', 'c', 'complete'])
  })

  it('decodes 100,000 frames of one chunk', () => {
    let frames = 0
    of(Buffer.alloc(4 * MANY))
      .pipe(decodeFrames())
      .subscribe(() => frames++)
    expect(frames).toBe(MANY)
  })

  it('joins a frame from 100,000 chunks of a byte', () => {
    const source = new Subject<Buffer>()
    const { events } = eventsOf(source.pipe(decodeFrames()))
    const body = Uint8Array.from({ length: MANY }, (_, n) => n)
    for (const byte of frame(body)) source.next(Buffer.alloc(1, byte))
    expect(events).toEqual([Buffer.from(body)])
  })

  it('may be repeated 100,000 times over one chunk', async () => {
    const source = byteSource(NEVER.pipe(startWith(Buffer.alloc(4 * MANY))))
    expect(await lastValueFrom(source.pipe(decodeFrames(), take(1), repeat(MANY), count()))).toBe(MANY)
  })

  it('emits views of one chunk, and of chunks that lie side by side in memory', () => {
    const memory = Buffer.concat([frame('abc'), frame('defgh')])
    const { events } = eventsOf(of(memory.subarray(0, 10), memory.subarray(10)).pipe(decodeFrames()))
    const { buffer, byteOffset } = memory
    expect(events[0]).toMatchObject({ buffer, byteOffset: byteOffset + 4, length: 3 })
    expect(events[1]).toMatchObject({ buffer, byteOffset: byteOffset + 11, length: 5 })
  })

  it('says what a length that cannot be right looks like', () => {
    const looks = (bytes: string | Uint8Array) => errorOf(bytes).message.replace(/.*; /, '')
    expect(looks(Buffer.from('15030300020228', 'hex'))).toBe(
      'it looks like a TLS alert: the listener is TLS, connect with `tls`',
    )
    expect(looks(Buffer.from('1603010200', 'hex'))).toBe(
      'it looks like a TLS handshake: is this port meant for something else?',
    )
    expect(looks('HTTP/1.1 400 Bad Request')).toBe('it looks like HTTP: this is a web server, not a Kafka listener')
    expect(looks('SSH-2.0')).toBe('it looks like text ("SSH-"): this is not a Kafka listener')
    expect(looks(Buffer.from('ffffffff', 'hex'))).toBe(
      'this is not a Kafka listener, or the reader has lost its place in the stream',
    )
  })

  it('names the length and the limit', () => {
    expect(errorOf('HTTP').message).toMatch('a frame claims 1213486160 bytes, above the limit of 104857600; ')
    expect(errorOf(frame('abc'), { maxLength: 2 })).toMatchObject({ code: 'FRAME', length: 3, retriable: false })
    expect(errorOf(Buffer.from('80000000', 'hex'))).toMatchObject({ length: -(2 ** 31) })
    expect(eventsOf(of(frame('abc')).pipe(decodeFrames({ maxLength: 3 }), text)).events).toEqual(['abc', 'complete'])
    expect(eventsOf(of(frame('')).pipe(decodeFrames({ maxLength: 0 }), text)).events).toEqual(['', 'complete'])
  })

  it('tells how much of a frame had come, its length included, and has it', () => {
    expect(errorOf('\0\0')).toMatchObject({ had: 2, wanted: 4, part: Buffer.from('\0\0') })
    expect(errorOf('\0\0\0\u0005ab')).toMatchObject({ had: 6, wanted: 9, part: Buffer.from('\0\0\0\u0005ab') })
  })

  it('takes memory as bytes arrive, not as a length claims', () => {
    const held = () => process.memoryUsage().arrayBuffers
    const before = held()
    const claims = Array.from({ length: 40 }, () => {
      const source = new Subject<Buffer>()
      const { subscription } = eventsOf(source.pipe(decodeFrames()))
      source.next(Buffer.from('05f5e100', 'hex'))
      for (let n = 0; n < 4; n++) source.next(Buffer.alloc(1024))
      return subscription
    })
    // 40 claims of 100 MB each.
    expect(held() - before).toBeLessThan(4 * 1024 * 1024)
    for (const subscription of claims) subscription.unsubscribe()
  })

  it('checks its options at the call', () => {
    expect(() => decodeFrames({ scheduler: {} as SchedulerLike })).toThrow('scheduler must be a SchedulerLike')
    expect(() => decodeFrames({ timeout: -1 })).toThrow('timeout must be a positive number of ms')
    expect(() => decodeFrames({ maxLength: -1 })).toThrow('maxLength must be an integer from 0 to 2147483647; got -1')
    expect(() => decodeFrames({ maxLength: 2 ** 31 })).toThrow('maxLength must be an integer')
  })
})
