import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { tryReceive } from '../../../src/connection/index.js'
import { course, pair } from '../peer.js'

const text = map(String)

describe('`tryReceive(n)`', () => {
  it('the first bytes there are, at most n; the surplus goes back', async () => {
    await using both = await pair({ timeout: 50 })
    const { connection, socket } = both
    socket.write('abc')
    expect(await course(connection.pipe(tryReceive(2), text))).toEqual({ values: ['ab'] })
    expect(await course(connection.pipe(tryReceive(2), text))).toEqual({ values: ['c'] })
    expect((await course(connection.pipe(tryReceive(2)))).error).toMatchObject({ name: 'ReceiveTimeoutError', had: 0 })
    socket.end()
    expect(await course(connection.pipe(tryReceive(2)))).toEqual({ values: [] })
  })
})
