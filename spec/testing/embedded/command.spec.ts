import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { firstValueFrom } from 'rxjs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { broker } from '../../../src/broker/index.js'
import { DescribeCluster } from '../../../src/protocol/messages/describe-cluster.js'
import { Metadata } from '../../../src/protocol/messages/metadata.js'
import { servedApis } from '../../../src/testing/embedded/served-apis.js'
import { fromSource } from '../../built-package.js'
import { manifest, type UserProject, userProject } from '../../user-project.js'

// The program is run as a user's shell runs it: the built file that package.json names, in a process of its own.

type Program = ChildProcessByStdio<null, Readable, Readable>

let user: UserProject
const running = new Set<Program>()

beforeAll(() => {
  user = userProject(fromSource)
}, 60_000)
afterEach(() => {
  for (const program of running) program.kill('SIGKILL')
  running.clear()
})
afterAll(() => user?.remove())

describe('kafka-rx-broker', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, which ends it at once and cleanly', async signal => {
    const { program, text, port } = await up('--port', '0', '--partitions', '3')
    const client = { host: '127.0.0.1', port }
    const asked = { topics: [{ name: 'greetings' }] }
    await firstValueFrom(broker(client, one => one.request(Metadata, asked)))
    const { topics } = await firstValueFrom(broker(client, one => one.request(Metadata, asked)))
    expect(topics.map(({ errorCode, partitions }) => [errorCode, partitions.length])).toEqual([[0, 3]])
    // A client that is connected holds nothing up.
    const hungUpOn = once(await connected(port), 'close')
    program.kill(signal)
    const [[status]] = await Promise.all([once(program, 'close'), hungUpOn])
    expect([status, text.stderr]).toEqual([0, ''])
    await expect(firstValueFrom(broker(client))).rejects.toMatchObject({ code: 'CONNECT' })
  })

  it('prints how to talk to it, and what it serves', async () => {
    const { text, port } = await up('--port', '0', '--advertise', 'localhost')
    const bootstrap = `localhost:${port}`
    expect(text.stdout).toContain(`is up: ${bootstrap}\n`)
    for (const tool of ['kcat -b', 'kafka-console-producer --bootstrap-server', 'kafka-topics --bootstrap-server']) {
      expect(text.stdout).toContain(`  ${tool} ${bootstrap} `)
    }
    expect(servedApis.filter(name => !new RegExp(`\\b${name} \\d+-\\d+`).test(text.stdout))).toEqual([])
    expect(text.stdout).toContain('with 1 partition each')
    expect(text.stdout).toContain('64 MiB')
    expect(Math.max(...text.stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(130)
  })

  it('prints a program that runs against it', async () => {
    const { text } = await up('--port', '0', '--brokers', '2')
    const [program] = /^ {2}import .*?^ {2}kafka\.[^\n]*/ms.exec(text.stdout) ?? []
    user.write('printed.ts', `${program}\n`)
    expect(user.compile()).toBe('')
    const { stdout, stderr, status } = user.run('printed.js')
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain("topic: 'greetings',\n  partition: 0,\n  offset: 0n,")
  })

  it('is a cluster of as many brokers as wanted, on ports that follow one another', async () => {
    const first = await freeRow(3)
    const { text } = await up('--port', String(first), '--brokers', '3')
    const bootstrap = [0, 1, 2].map(index => `127.0.0.1:${first + index}`)
    expect(text.stdout).toContain(`is up: ${bootstrap.join()}\n`)
    const { brokers } = await firstValueFrom(
      broker({ host: '127.0.0.1', port: first + 2 }, one =>
        one.request(DescribeCluster, { includeClusterAuthorizedOperations: false }),
      ),
    )
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(bootstrap)
  })

  it('says that a port is taken', async () => {
    const { port } = await up('--port', '0')
    const { status, stdout, stderr } = await end('--port', String(port))
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(new RegExp(`^kafka-rx-broker: cannot listen on 127.0.0.1:${port}: .*EADDRINUSE`))
    expect(stderr).toContain('another --port')
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('says that it cannot listen where this machine is not', async () => {
    const { status, stderr } = await end('--port', '0', '--host', '192.0.2.1')
    expect([status, stderr]).toEqual([1, expect.stringContaining('cannot listen on 192.0.2.1:0')])
    expect(stderr).not.toContain('another --port')
  })

  it.each([
    ['an option that it does not have', ['--prot', '9092'], '--prot'],
    ['what is no option', ['9092'], '9092'],
    ['no number', ['--port', 'kafka'], "--port must be a number; got 'kafka'"],
    ['a port that there is not', ['--port', '70000'], '--port must be an integer from 0 to 65535; got 70000'],
    ['no brokers', ['--brokers', '0'], '--brokers must be an integer from 1 to 1000; got 0'],
    ['no partitions', ['--partitions', '0'], '--partitions must be an integer from 1 to 10000; got 0'],
    ['an address that no client can connect to', ['--host', '0.0.0.0'], '--advertise'],
  ])('refuses %s and says what it takes', async (_name, args, told) => {
    const { status, stdout, stderr } = await end(...args)
    expect([status, stdout]).toEqual([2, ''])
    const [message, ...rest] = stderr.split('\n')
    expect(message).toMatch(/^kafka-rx-broker: /)
    expect(message).toContain(told)
    expect(rest.join('\n')).toContain('Usage: kafka-rx-broker [options]')
  })

  it.each(['--help', '-h'])('explains itself with %s', async flag => {
    const { status, stdout, stderr } = await end(flag)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toContain('Usage: kafka-rx-broker [options]')
  })
})

function start(...args: string[]) {
  const home = join(user.folder, 'node_modules/kafka-rx')
  const program: Program = spawn(process.execPath, [join(home, manifest(home).bin['kafka-rx-broker']), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(program)
  const text = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    program[stream].setEncoding('utf8').on('data', chunk => {
      text[stream] += chunk
    })
  }
  return { program, text }
}

/** Started, and ready for clients. */
async function up(...args: string[]) {
  const { program, text } = start(...args)
  while (!text.stdout.includes('Ctrl-C')) {
    await Promise.race([once(program.stdout, 'data'), once(program, 'close')])
    if (program.exitCode !== null) throw new Error(`it has ended (${program.exitCode}): ${text.stderr}`)
  }
  return { program, text, port: Number(/is up: [^\n]*?:(\d+)/.exec(text.stdout)?.[1]) }
}

/** Run to its end. */
async function end(...args: string[]) {
  const { program, text } = start(...args)
  const [status] = await once(program, 'close')
  return { status, ...text }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket.resume().on('error', () => {})
}

/** The first of as many ports in a row that nobody listens on. */
async function freeRow(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 12_000)
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)))
    if (free.every(Boolean)) return first
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  const outcome = await Promise.race([
    once(server, 'listening').then(() => true),
    once(server, 'error').then(() => false),
  ])
  if (outcome) await new Promise(resolve => server.close(resolve))
  return outcome
}
