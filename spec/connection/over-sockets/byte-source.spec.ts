import { firstValueFrom, map, merge, mergeMap, of, repeat, take, tap, throwError, timeout, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  byteSource,
  type Connection,
  connect,
  decodeFrames,
  ReceiveTimeoutError,
  receive,
} from '../../../src/connection/index.js'
import { course, hasRead, pair, peer, sleep } from '../peer.js'

const text = map(String)
const slices = (connection: Connection, length: number) => course(connection.pipe(receive(length), text))

describe('two subscribers', () => {
  it('one reader at a time; the next waits its turn, first come first served', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const readers = [3, 1, 2].map(length => course(connection.pipe(receive(length), take(1), text)))
    const last = course(connection.pipe(text))
    socket.end('aaabccd')
    expect((await Promise.all(readers)).map(({ values }) => values)).toEqual([['aaa'], ['b'], ['cc']])
    expect(await last).toEqual({ values: ['d'] })
  })

  it('the deadline of the second runs from its own subscribe, and its timeout says that it waited', async () => {
    await using both = await pair({ timeout: 10_000 })
    const { connection, socket } = both
    const first = slices(connection, 4)
    const { error } = await course(connection.pipe(receive(2, { timeout: 30 })))
    expect(error).toBeInstanceOf(ReceiveTimeoutError)
    expect((error as Error).message).toBe(
      `received 0 of 2 bytes from 127.0.0.1:${connection.remotePort} within 30 ms (it waited behind another reader)`,
    )
    socket.end('four')
    expect(await first).toEqual({ values: ['four'] })
  })
})

describe('unsubscribe, `take(k)`, timeout or an error downstream in mid-slice', () => {
  const ways: [string, (connection: Connection) => Promise<unknown>][] = [
    [
      'unsubscribe',
      async connection => {
        const reader = connection.pipe(receive(8)).subscribe()
        await hasRead(connection, 6)
        reader.unsubscribe()
      },
    ],
    ['timeout', connection => course(connection.pipe(receive(8, { timeout: 20 })))],
    ['timeout() of RxJS', connection => course(connection.pipe(receive(8), timeout(20)))],
    [
      'timeout of decodeFrames',
      connection => course(connection.pipe(decodeFrames({ timeout: 20, maxLength: 2 ** 31 - 1 }))),
    ],
    [
      'an error downstream',
      connection => {
        const failing = timer(20).pipe(mergeMap(() => throwError(() => new Error('downstream'))))
        return course(merge(connection.pipe(receive(8)), failing))
      },
    ],
  ]
  it.each(ways)(
    '%s: what was read and not emitted is the first thing that the next reader sees',
    async (_name, leave) => {
      await using both = await pair()
      both.socket.write('\0\0\0\x7fab')
      await leave(both.connection)
      both.socket.end('cd')
      expect(await slices(both.connection, 8)).toEqual({ values: ['\0\0\0\x7fabcd'] })
    },
  )

  it('`take(k)`: the rest of the chunk too', async () => {
    await using both = await pair()
    both.socket.end('aabbccdd')
    expect(await course(both.connection.pipe(receive(2), take(2), text))).toEqual({ values: ['aa', 'bb'] })
    expect(await course(both.connection.pipe(text))).toEqual({ values: ['ccdd'] })
  })

  it('over a `tap` it is dropped, unless that is a byteSource', async () => {
    await using both = await pair()
    both.socket.end('aabbccdd')
    const tapped = both.connection.pipe(tap(() => {}))
    const source = byteSource(tapped)
    expect(await course(source.pipe(receive(2), take(1), text))).toEqual({ values: ['aa'] })
    expect(await course(source.pipe(receive(3), take(1), text))).toEqual({ values: ['bbc'] })
    expect(await course(source.pipe(text))).toEqual({ values: ['cdd'] })
  })
})

describe('`unread(bytes)`', () => {
  it('is the first thing that the next reader sees, the last unread first', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const chunk = await firstValueFrom(connection.pipe(tap({ subscribe: () => socket.end('world') }), take(1)))
    connection.unread(chunk)
    connection.unread(Buffer.from('cruel '))
    connection.unread(Buffer.from('hello '))
    expect(await slices(connection, 17)).toEqual({ values: ['hello cruel world'] })
  })

  it('a reader who waits its turn included', async () => {
    await using both = await pair()
    const { connection, socket } = both
    const first = connection.subscribe()
    const waiting = slices(connection, 4)
    first.unsubscribe()
    connection.unread(Buffer.from('un'))
    socket.end('do')
    expect(await waiting).toEqual({ values: ['undo'] })
  })
})

describe('a read or write that could end inside its own subscribe', () => {
  it('ends on the next turn, after the subscribe has returned', async () => {
    await using both = await pair()
    const { connection, socket } = both
    socket.end('held')
    await both.ended
    const log: string[] = []
    connection.pipe(receive(4), take(1)).subscribe(() => log.push('read'))
    log.push('subscribed')
    connection.write(Buffer.from('x')).subscribe({ error: () => log.push('refused') })
    log.push('subscribed')
    await sleep(1)
    expect(log.splice(0)).toEqual(['subscribed', 'subscribed', 'read', 'refused'])
    connection.subscribe({ complete: () => log.push('told') })
    log.push('subscribed')
    await sleep(1)
    connection.subscribe({ error: () => log.push('told before') })
    log.push('subscribed')
    await sleep(1)
    expect(log).toEqual(['subscribed', 'told', 'subscribed', 'told before'])
  })

  it('register the reader, then write: the answer is not missed', async () => {
    await using listener = await peer(socket => socket.pipe(socket))
    const exchanges = connect(listener, connection =>
      of(0).pipe(
        mergeMap(() => {
          const answer = connection.pipe(receive(4), take(1), text)
          return answer.pipe(tap({ subscribe: () => connection.send.next(Buffer.from('ping')) }))
        }),
        repeat(100),
      ),
    )
    expect((await course(exchanges)).values).toEqual(Array.from({ length: 100 }, () => 'ping'))
  })
})
