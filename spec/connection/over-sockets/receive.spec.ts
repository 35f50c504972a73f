import { map, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type Connection,
  ConnectionError,
  connect,
  decodeFrames,
  EndOfStreamError,
  ReceiveTimeoutError,
  receive,
} from '../../../src/connection/index.js'
import { block, type Course, course, frame, hasRead, pair, peer, sleep } from '../peer.js'

const text = map(String)
const slices = (connection: Connection, length: number) => course(connection.pipe(receive(length), text))

describe('`receive(n)`', () => {
  it('exact slices, one after another, however the bytes come', async () => {
    await using both = await pair()
    const reading = slices(both.connection, 4)
    for (const part of ['ab', 'cdefg', 'h', 'ijklmnop']) {
      both.socket.write(part)
      await sleep(2)
    }
    both.socket.end()
    expect(await reading).toEqual({ values: ['abcd', 'efgh', 'ijkl', 'mnop'] })
  })

  it('slices of one chunk are views of it, not copies', async () => {
    await using both = await pair()
    both.socket.end('abcdefgh')
    const { values } = await course(both.connection.pipe(receive(4)))
    expect(values.map(String)).toEqual(['abcd', 'efgh'])
    expect(values[0]?.buffer).toBe(values[1]?.buffer)
    expect((values[1]?.byteOffset ?? 0) - (values[0]?.byteOffset ?? 0)).toBe(4)
  })

  it('`receive(previous => n)` takes each length from the slice before: header, body, header, body', async () => {
    await using both = await pair()
    both.socket.end(Buffer.concat([frame('first'), frame(''), frame('third')]))
    const reading = receive((previous, index) => (index % 2 === 0 ? 4 : (previous?.readInt32BE() ?? 0)))
    const { values } = await course(both.connection.pipe(reading))
    expect(values.filter((_, index) => index % 2 === 1).map(String)).toEqual(['first', '', 'third'])
  })
})

describe('its timeout', () => {
  it('says how many bytes had come, and gives them back', async () => {
    await using both = await pair({ timeout: 40 })
    both.socket.write('ab')
    const { values, error } = await slices(both.connection, 4)
    expect(values).toEqual([])
    expect(error).toBeInstanceOf(ReceiveTimeoutError)
    expect(error).toMatchObject({ had: 2, wanted: 4, retriable: true })
    expect((error as Error).message).toMatch(/^received 2 of 4 bytes from 127\.0\.0\.1:\d+ within 40 ms$/)
    both.socket.end('cd')
    expect(await slices(both.connection, 4)).toEqual({ values: ['abcd'] })
  })

  it('is the connection’s by default, and none with Infinity', async () => {
    await using both = await pair({ timeout: 30 })
    const { connection } = both
    const patient = course(connection.pipe(receive(4, { timeout: Number.POSITIVE_INFINITY }), text))
    expect((await slices(connection, 4)).error).toMatchObject({ had: 0, wanted: 4 })
    both.socket.end('late')
    expect(await patient).toEqual({ values: ['late'] })
  })

  it('is absolute: a trickle of bytes does not extend it', async () => {
    await using both = await pair({ timeout: 100 })
    const trickle = setInterval(() => both.socket.write('.'), 20)
    const { error } = await slices(both.connection, 1000)
    clearInterval(trickle)
    expect(error).toBeInstanceOf(ReceiveTimeoutError)
    expect((error as ReceiveTimeoutError).had).toBeGreaterThan(0)
  })

  it('bytes that arrived before the deadline win when the event loop was late', async () => {
    await using both = await pair()
    const reading = course(both.connection.pipe(receive(4, { timeout: 30 }), take(1), text))
    await block(100, () => both.socket.write('wins'))
    expect(await reading).toEqual({ values: ['wins'] })
  })

  it('so does the rest of a frame', async () => {
    await using both = await pair({ timeout: 300 })
    const whole = frame('wins')
    const reading = course(both.connection.pipe(decodeFrames(), take(1), text))
    both.socket.write(whole.subarray(0, 1))
    await hasRead(both.connection, 1)
    await block(400, () => both.socket.write(whole.subarray(1)))
    expect(await reading).toEqual({ values: ['wins'] })
  })

  it('so does a connect', async () => {
    await using listener = await peer(socket => socket.end('hello'))
    let reading: Promise<Course<string>> | undefined
    await block(100, () => {
      reading = course(connect({ ...listener, timeout: 30 }, connection => connection.pipe(text)))
    })
    expect(await reading).toEqual({ values: ['hello'] })
  })
})

describe('EOF between slices / inside one', () => {
  it('completes between two', async () => {
    await using both = await pair()
    both.socket.end('12345678')
    expect(await slices(both.connection, 4)).toEqual({ values: ['1234', '5678'] })
  })

  it('inside one is an EndOfStreamError with had, wanted and the part, which is not given back', async () => {
    await using both = await pair()
    both.socket.end('123456')
    const { values, error } = await slices(both.connection, 4)
    expect(values).toEqual(['1234'])
    expect(error).toBeInstanceOf(EndOfStreamError)
    expect(error).toMatchObject({ had: 2, wanted: 4, part: Buffer.from('56') })
    expect((error as Error).message).toMatch(
      /^closed 2 bytes into a 4-byte read from 127\.0\.0\.1:\d+; is the listener TLS\?$/,
    )
    expect((await course(both.connection)).error).toMatchObject({ name: 'ClosedError' })
  })

  const [one, two] = [frame('one'), frame('two')]
  const moments: [string, Buffer, string[], string[]][] = [
    ['before any frame', Buffer.alloc(0), [], []],
    ['between two frames', one, ['one'], []],
    ['inside a length', Buffer.concat([one, two.subarray(0, 2)]), ['one'], ['closed 2 bytes into a 4-byte read']],
    ['inside a body', Buffer.concat([one, two.subarray(0, 6)]), ['one'], ['closed 6 bytes into a 7-byte read']],
  ]
  it.each(moments)('FIN %s', async (_name, bytes, frames, says) => {
    await using both = await pair()
    const reading = course(both.connection.pipe(decodeFrames(), text))
    both.socket.end(bytes)
    const { values, error } = await reading
    expect(values).toEqual(frames)
    if (says[0] === undefined) expect(error).toBeUndefined()
    else expect(error).toMatchObject({ name: 'EndOfStreamError', message: expect.stringContaining(says[0]) })
    expect(await both.ended).toEqual({ values: [both.connection] })
  })

  it.each(moments)('RST %s', async (_name, bytes, frames) => {
    await using both = await pair()
    const reading = course(both.connection.pipe(decodeFrames(), text))
    both.socket.write(bytes)
    await hasRead(both.connection, bytes.length)
    both.reset()
    const { values, error } = await reading
    expect(values).toEqual(frames)
    expect(error).toBeInstanceOf(ConnectionError)
    expect((await both.ended).error).toBe(error)
  })
})
