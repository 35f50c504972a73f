import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { decodeFrames, encodeFrames } from '../../../src/connection/index.js'
import { course, pair } from '../peer.js'

describe('`encodeFrames()`', () => {
  it('is what decodeFrames takes off, at every length around the limit of copying', async () => {
    await using both = await pair()
    both.socket.pipe(both.socket)
    const bodies = [0, 1, 4095, 4096, 4097, 300_000].map(length => Buffer.alloc(length, 'body'))
    const reading = course(both.connection.pipe(decodeFrames()))
    of(...bodies)
      .pipe(encodeFrames())
      .subscribe(both.connection.send)
    const { values } = await reading
    expect(values.map(body => body.length)).toEqual(bodies.map(body => body.length))
    expect(values.every((body, index) => body.equals(bodies[index] as Buffer))).toBe(true)
  })
})
