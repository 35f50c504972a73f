import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { decodeFrames } from '../../../src/connection/index.js'
import { course, frame, pair, sleep } from '../peer.js'

const text = map(String)
describe('`decodeFrames()`', () => {
  it('frames come whole, empty ones too, however the bytes come', async () => {
    await using both = await pair()
    const reading = course(both.connection.pipe(decodeFrames(), text))
    const bytes = Buffer.concat(['one', '', 'three', '4'].map(frame))
    for (const byte of bytes) {
      both.socket.write(Buffer.from([byte]))
      await sleep(1)
    }
    both.socket.end(bytes)
    expect(await reading).toEqual({ values: ['one', '', 'three', '4', 'one', '', 'three', '4'] })
  })

  it('may idle between frames for ever', async () => {
    await using both = await pair({ timeout: 20 })
    const reading = course(both.connection.pipe(decodeFrames(), text))
    await sleep(50)
    both.socket.write(frame('one'))
    await sleep(50)
    both.socket.end(frame('two'))
    expect(await reading).toEqual({ values: ['one', 'two'] })
  })

  it.each([
    ['a negative length', 'ffffffff00', -1, 'which is negative'],
    ['one above maxMessageBytes', '00000401', 1025, 'above the limit of 1024'],
    ['a TLS alert', '15030300020250', 0x15030300, 'it looks like a TLS alert: the listener is TLS'],
    ['HTTP', Buffer.from('HTTP/1.1 400').toString('hex'), 0x48545450, 'it looks like HTTP'],
  ])('%s is a FrameError at once', async (_name, hex, length, says) => {
    await using both = await pair({ maxMessageBytes: 1024, timeout: 60_000 })
    both.socket.write(Buffer.from(hex, 'hex'))
    const { error } = await course(both.connection.pipe(decodeFrames()))
    expect(error).toMatchObject({ name: 'FrameError', length, message: expect.stringContaining(says) })
    expect(both.connection.closed).toBe(false)
  })
})
