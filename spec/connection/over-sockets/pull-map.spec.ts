import { map, of, Subject, throwError } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { decodeFrames, pullMap } from '../../../src/connection/index.js'
import { course, frame, pair, sleep } from '../peer.js'

const text = map(String)
describe('`pullMap(project, k)`', () => {
  it('reads no faster than what it starts, and stalls the sender meanwhile', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const handling: Subject<string>[] = []
    const reading = course(
      connection.pipe(
        decodeFrames(),
        pullMap(() => {
          const handled = new Subject<string>()
          handling.push(handled)
          return handled
        }, 2),
      ),
    )
    const body = 'x'.repeat(1_000_000)
    let taken = 0
    for (let n = 0; n < 50; n++) socket.write(frame(body), () => taken++)
    socket.end()
    await sleep(100)
    expect(handling).toHaveLength(2)
    expect(connection.bytesRead).toBeLessThan(3_000_000)
    expect(taken).toBeLessThan(40)
    for (let n = 0; n < 50; n++) {
      await vi.waitFor(() => expect(handling.length).toBeGreaterThan(n), { interval: 1 })
      expect(handling.length).toBeLessThanOrEqual(n + 2)
      handling[n]?.next(String(n))
      handling[n]?.complete()
    }
    expect((await reading).values).toEqual(Array.from({ length: 50 }, (_, index) => String(index)))
  })

  it('errors with what project throws; what was not taken is left to the next reader', async () => {
    await using both = await pair()
    both.socket.end(Buffer.concat([frame('one'), frame('two'), frame('three')]))
    const mistake = new Error('cannot handle')
    const handle = (body: Buffer) => (String(body) === 'two' ? throwError(() => mistake) : of(String(body)))
    expect(await course(both.connection.pipe(decodeFrames(), pullMap(handle)))).toEqual({
      values: ['one'],
      error: mistake,
    })
    expect(await course(both.connection.pipe(decodeFrames(), text))).toEqual({ values: ['three'] })
  })
})
