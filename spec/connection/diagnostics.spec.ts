import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it, vi } from 'vitest'
import { type ConnectionEvent, connect } from '../../src/connection/index.js'
import { course, deadPort, pair, peer } from './peer.js'
import { compiled } from './program.js'

const run = compiled()
const names = ['connecting', 'connected', 'read', 'written', 'end', 'closed', 'failed']
const channels = names.map(name => `kafka-rx:connection:${name}`)

/** Collects what is published while `act` runs. */
async function published(act: () => Promise<void>): Promise<[string, ConnectionEvent][]> {
  const events: [string, ConnectionEvent][] = []
  const listen = (event: unknown, name: string | symbol): void => {
    events.push([String(name).replace('kafka-rx:connection:', ''), event as ConnectionEvent])
  }
  for (const name of channels) subscribe(name, listen)
  try {
    await act()
  } finally {
    for (const name of channels) unsubscribe(name, listen)
  }
  return events
}

describe('diagnostics_channel', () => {
  it('tells the life of a connection: counts of bytes, never the bytes', async () => {
    let endpoint = {}
    const events = await published(async () => {
      await using both = await pair()
      const { connection, socket } = both
      const { remotePort: port, localPort } = connection
      endpoint = { host: '127.0.0.1', port, localPort }
      connection.send.next(Buffer.from('secret'))
      await vi.waitFor(() => expect(connection.bytesWritten).toBe(6))
      socket.end('reply')
      await both.ended
    })
    const { host, port } = endpoint as ConnectionEvent
    expect(events).toEqual([
      ['connecting', { host, port }],
      ['connected', endpoint],
      ['written', { ...endpoint, bytes: 6 }],
      ['read', { ...endpoint, bytes: 5 }],
      ['end', endpoint],
      ['closed', endpoint],
    ])
  })

  it('tells why a connection failed, before it was open and after', async () => {
    const events = await published(async () => {
      await course(connect({ host: '127.0.0.1', port: deadPort }))
      await using both = await pair()
      both.reset()
      await both.ended
    })
    expect(events.map(([name]) => name)).toEqual(['connecting', 'failed', 'connecting', 'connected', 'failed'])
    const [refused, reset] = events.filter(([name]) => name === 'failed').map(([, { error }]) => error)
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' })
    expect(reset).toMatchObject({ name: 'ConnectionError' })
  })

  it('is free when nobody listens: no event is made', async () => {
    const publishes = channels.map(name => vi.spyOn(channel(name), 'publish'))
    await using both = await pair()
    both.connection.send.next(Buffer.from('secret'))
    both.socket.end('reply')
    await both.ended
    expect(publishes.map(({ mock }) => mock.calls)).toEqual(names.map(() => []))
    vi.restoreAllMocks()
  })
})

describe('NODE_DEBUG', () => {
  const program = `
    import { connect, receive } from 'kafka-rx/connection'
    import { take } from 'rxjs'
    connect({ host: '127.0.0.1', port: Number(process.env.PORT) }, connection => {
      connection.send.next(Buffer.from('question'))
      return connection.pipe(receive(6), take(1))
    }).subscribe(answer => console.log(answer.toString()))`

  async function stderrOf(debug: string): Promise<{ stderr: string; port: number }> {
    await using listener = await peer(socket => socket.once('data', () => socket.write('answer')))
    const { code, stdout, stderr } = await run(program, { env: { PORT: listener.port, NODE_DEBUG: debug } })
    expect(code).toBe(0)
    expect(stdout).toBe('answer\n')
    return { stderr, port: listener.port }
  }

  const lines = (stderr: string, port: number): string[] =>
    stderr
      .trim()
      .split('\n')
      .map(line =>
        line
          .replace(/^KAFKA-RX(:BYTES)? \d+: /, '')
          .replace(`127.0.0.1:${port}`, 'BROKER')
          .replace(/local port \d+/, 'local port N'),
      )

  it('=kafka-rx prints the events with the port, without bytes', async () => {
    const { stderr, port } = await stderrOf('kafka-rx')
    expect(lines(stderr, port)).toEqual([
      'BROKER connecting',
      'BROKER (local port N) connected',
      'BROKER (local port N) written 8 bytes',
      'BROKER (local port N) read 6 bytes',
      'BROKER (local port N) closed',
    ])
  })

  it('=kafka-rx:bytes also prints a hex dump of every read and write', async () => {
    const { stderr, port } = await stderrOf('kafka-rx:bytes')
    expect(lines(stderr, port)).toEqual([
      'BROKER connecting',
      'BROKER (local port N) connected',
      'BROKER (local port N) written 8 bytes',
      '',
      '00000000  71 75 65 73 74 69 6f 6e                           |question|',
      'BROKER (local port N) read 6 bytes',
      '',
      '00000000  61 6e 73 77 65 72                                 |answer|',
      'BROKER (local port N) closed',
    ])
  })

  it('prints nothing when it is off', async () => {
    expect((await stderrOf('')).stderr).toBe('')
    expect((await stderrOf('other,kafka')).stderr).toBe('')
  })
})
