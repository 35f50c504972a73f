import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { peer } from './peer.js'
import { compiled } from './program.js'

const run = compiled()
const MiB = 1024 * 1024

/** Runs a program of a process of its own, which prints JSON. */
async function measured<T>(port: number, source: string): Promise<T> {
  const program = `
    import { connect, decodeFrames, open, receive, tcp } from 'kafka-rx/connection'
    import { firstValueFrom, map, reduce, take, tap } from 'rxjs'
    import { setTimeout as sleep } from 'node:timers/promises'
    const peer = { host: '127.0.0.1', port: Number(process.env.PORT), timeout: 30_000 }
    /** Bytes of all buffers that are still referred to. */
    const buffers = () => {
      gc()
      return process.memoryUsage().arrayBuffers
    }
    ${source}`
  const { code, stdout, stderr } = await run(program, { env: { PORT: port }, flags: ['--expose-gc'] })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return JSON.parse(stdout)
}

/** Writes \`length\` bytes in parts, each when the one before is taken; \`onTaken\` says how many have been. */
function push(socket: Socket, length: number, part: number, onTaken: (length: number) => void = () => {}): void {
  const bytes = Buffer.alloc(part)
  let taken = 0
  const next = (): void => {
    if (taken === length) return void socket.end()
    socket.write(bytes, error => {
      if (error) return
      taken += part
      onTaken(taken)
      next()
    })
  }
  next()
}

describe('memory', () => {
  it('1 GiB pushed at a connection that nobody reads costs < 64 MiB and stalls the sender, which loses nothing', async () => {
    let taken = 0
    let stalledAt = 0
    await using listener = await peer(socket => {
      push(socket, 1024 * MiB, MiB, length => {
        taken = length
      })
      socket.once('data', () => {
        stalledAt = taken
      })
    })
    const { grown, bytesRead, received } = await measured<{ grown: number; bytesRead: number; received: number }>(
      listener.port,
      `
      const before = process.memoryUsage.rss()
      const connection = await open(peer)
      const first = await firstValueFrom(connection.pipe(take(1)))
      await sleep(700)
      const grown = process.resourceUsage().maxRSS * 1024 - before
      const { bytesRead } = connection
      connection.send.next(Buffer.from('stalled?'))
      await sleep(100)
      const rest = await firstValueFrom(connection.pipe(reduce((sum, chunk) => sum + chunk.length, 0)))
      console.log(JSON.stringify({ grown, bytesRead, received: first.length + rest }))`,
    )
    expect(grown).toBeLessThan(64 * MiB)
    expect(bytesRead).toBeLessThan(MiB)
    expect(stalledAt).toBeGreaterThan(0)
    expect(stalledAt).toBeLessThan(64 * MiB)
    expect(received).toBe(1024 * MiB)
  })

  it('a frame of 100 MiB in chunks of 64 KiB costs about one copy', async () => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(100 * MiB)
    await using listener = await peer(socket => {
      socket.write(length)
      push(socket, 100 * MiB, 64 * 1024)
    })
    const { peak, frame, resident } = await measured<{ peak: number; frame: number; resident: number }>(
      listener.port,
      `
      let [peak, arrived, next] = [0, 0, 0]
      const before = buffers()
      const rss = process.memoryUsage.rss()
      const sample = chunk => {
        arrived += chunk.length
        if (arrived < next) return
        next += 1024 * 1024
        peak = Math.max(peak, buffers() - before)
      }
      const watched = endpoint =>
        tcp()(endpoint).pipe(map(channel => ({ ...channel, incoming: channel.incoming.pipe(tap(sample)) })))
      const lengths = connect({ ...peer, transport: watched }, connection =>
        connection.pipe(decodeFrames(), map(frame => frame.length)))
      const frame = await firstValueFrom(lengths)
      const resident = process.resourceUsage().maxRSS * 1024 - rss
      console.log(JSON.stringify({ peak, frame, resident }))`,
    )
    expect(resident).toBeLessThan(150 * MiB)
    expect(frame).toBe(100 * MiB)
    expect(peak).toBeGreaterThan(90 * MiB)
    expect(peak).toBeLessThan(130 * MiB)
  })

  it('a claimed length allocates nothing before bytes come', async () => {
    await using listener = await peer(socket => socket.write(Buffer.from([0x06, 0x40, 0, 0, 1, 2, 3])))
    const { grown, wanted } = await measured<{ grown: number; wanted: number }>(
      listener.port,
      `
      const connection = await open(peer)
      const before = buffers()
      const frames = connection.pipe(decodeFrames({ timeout: 300 }))
      let wanted
      const reading = frames.subscribe({ error: error => (wanted = error.wanted) })
      const slice = connection.pipe(receive(104_857_600)).subscribe({ error: () => {} })
      await sleep(100)
      const grown = buffers() - before
      await sleep(300)
      slice.unsubscribe()
      connection.close()
      console.log(JSON.stringify({ grown, wanted }))`,
    )
    expect(wanted).toBe(100 * MiB + 4)
    expect(grown).toBeLessThan(MiB)
  })
})
