import { firstValueFrom, map } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { open, receive, type Transport, tcp } from '../../src/connection/index.js'
import { peer } from './peer.js'
import { compiled } from './program.js'

const run = compiled()

afterEach(() => void vi.restoreAllMocks())

describe('a connection that is idle', () => {
  it('has taken little memory, after a handshake too, and takes more once more is read', async () => {
    await using listener = await peer(socket => {
      socket.write(Buffer.alloc(2000))
      socket.once('data', () => socket.write(Buffer.alloc(1_000_000)))
    })
    const sizes = vi.spyOn(Buffer, 'allocUnsafeSlow')
    const taken = () => sizes.mock.calls.reduce((sum, [size]) => sum + size, 0)
    const connections = await Promise.all(Array.from({ length: 20 }, () => open(listener)))
    for (const connection of connections) await firstValueFrom(connection.pipe(receive(2000)))
    expect(taken()).toBeLessThanOrEqual(20 * 8 * 1024)
    const [first] = connections
    first?.send.next(Buffer.from('more'))
    if (first !== undefined) await firstValueFrom(first.pipe(receive(1_000_000)))
    expect(taken()).toBeGreaterThan(1_000_000)
    for (const connection of connections) connection.close()
  })

  it('keeps the process alive, unless it is told not to', async () => {
    await using listener = await peer(socket => socket.write('hello'))
    const idle = (calls: string) =>
      run(
        `import { open, receive } from 'kafka-rx'
         import { take } from 'rxjs'
         const connection = await open({ host: '127.0.0.1', port: ${listener.port} })
         connection.pipe(receive(5), take(1)).subscribe(() => {
           ${calls}
           setTimeout(() => {
             console.log('alive')
             process.exit()
           }, 200).unref()
         })`,
      )
    const runs = await Promise.all([idle(''), idle('connection.unref()'), idle('connection.unref(); connection.ref()')])
    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, 'alive\n'],
      [0, ''],
      [0, 'alive\n'],
    ])
  })
})

it("a transport of one's own needs no I/O turn, ref or unref", async () => {
  await using listener = await peer(socket => socket.resume())
  const bare: Transport = endpoint =>
    tcp()(endpoint).pipe(map(({ ioTurn: _turn, ref: _ref, unref: _unref, ...channel }) => channel))
  const connection = await open({ ...listener, transport: bare })
  connection.ref()
  connection.unref()
  await expect(firstValueFrom(connection.pipe(receive(1, { timeout: 10 })))).rejects.toMatchObject({
    code: 'RECEIVE_TIMEOUT',
  })
  connection.close()
})
