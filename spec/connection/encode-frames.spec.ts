import { concat, map, of, range, Subject, take, throwError, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { decodeFrames, encodeFrames } from '../../src/connection/index.js'
import { hex, text } from '../../src/testing/index.js'
import { endless, eventsOf } from './events.js'

const bytes = (string: string) => Buffer.from(string)

describe('encodeFrames()', () => {
  it('puts the length before each body, at once where that comes at once', () => {
    const { events } = eventsOf(of(bytes('abc'), bytes('')).pipe(encodeFrames(), hex))
    expect(events).toEqual(['00000003616263', '00000000', 'complete'])
  })

  it('emits up to 4 KiB as one chunk, more as two, the body not copied', () => {
    const [small, large] = [Buffer.alloc(4096), Buffer.alloc(4097)]
    const { events } = eventsOf(of(small, large).pipe(encodeFrames()))
    expect(events).toHaveLength(4)
    expect(events[0]).toHaveLength(4100)
    expect(events[1]).toEqual(Buffer.from('00001001', 'hex'))
    expect(events[2]).toBe(large)
  })

  it('fails as its source does, and leaves it when unsubscribed', () => {
    const source = new Subject<Buffer>()
    eventsOf(source.pipe(encodeFrames())).subscription.unsubscribe()
    expect(source.observed).toBe(false)
    const failing = concat(
      of(bytes('a')),
      throwError(() => new Error('of the source')),
    )
    expect(eventsOf(failing.pipe(encodeFrames(), hex)).events).toEqual(['0000000161', 'Error: of the source'])
  })

  it('leaves an endless synchronous source at once, between a length and its body too', () => {
    const bodies = endless(Buffer.alloc(5000))
    expect(eventsOf(bodies.source.pipe(encodeFrames(), take(3))).events).toHaveLength(4)
    expect(bodies.emitted).toBe(2)
  })

  it('lets nothing that its subscriber causes to come between a length and its body', () => {
    const source = new Subject<Buffer>()
    const [large, small] = [Buffer.alloc(5000, 'L'), Buffer.from('s')]
    const chunks: Uint8Array[] = []
    let completed = false
    source.pipe(encodeFrames()).subscribe({
      next: chunk => {
        chunks.push(chunk)
        if (chunks.length > 1) return
        source.next(small)
        source.complete()
      },
      complete: () => {
        completed = true
      },
    })
    source.next(large)
    const { events } = eventsOf(of(...chunks).pipe(decodeFrames(), text))
    expect(events).toEqual([large.toString(), 's', 'complete'])
    expect(completed).toBe(true)
  })

  it('encodes 100,000 bodies that decodeFrames() takes apart again', () => {
    const bodies = range(0, 100_000).pipe(map(n => Buffer.from(String(n))))
    const { events } = eventsOf(bodies.pipe(encodeFrames(), decodeFrames(), text, toArray()))
    expect(events).toEqual([Array.from({ length: 100_000 }, (_, n) => String(n)), 'complete'])
  })

  it('fails for what is not bytes', () => {
    const { events } = eventsOf(of(bytes('a'), { length: 3 } as Uint8Array, bytes('b')).pipe(encodeFrames(), hex))
    expect(events).toEqual([
      '0000000161',
      'ArgumentError: expected bytes (a Uint8Array or Buffer); got an instance of Object',
    ])
  })
})
