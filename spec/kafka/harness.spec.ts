import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeCertificates } from './harness/certificates.js'
import { javaClassPath, toolsClassPath } from './harness/class-path.js'
import { apiVersionsRequest, brokersKnown, exchange } from './harness/exchange.js'
import { findKcat } from './harness/find-kcat.js'
import { run, runJava } from './harness/run-java.js'
import { startKafka } from './harness/start-kafka.js'
import { useKafka } from './harness/use-kafka.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-rx-spec-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('one node', () => {
  const kafka = useKafka()
  const port = () => kafka().nodes[0].port('PLAINTEXT')

  test('answers ApiVersions v0 on the port that it names', async () => {
    expect(kafka().bootstrap).toEqual([`127.0.0.1:${port()}`])
    const answer = await exchange(port(), apiVersionsRequest(42))
    expect([answer.readInt32BE(), answer.readInt16BE(4)]).toEqual([42, 0])
    expect(rangesOf(answer).get(18)).toEqual([0, 5])
  })

  test('paused it is silent, resumed it answers on the same connection', async () => {
    const [node] = kafka().nodes
    const socket = connect(port(), '127.0.0.1')
    await once(socket, 'connect')
    await node.freeze()
    socket.write(framed(apiVersionsRequest(7)))
    expect(await Promise.race([once(socket, 'data'), sleep(300, 'silent')])).toBe('silent')
    await expect(exchange(port(), apiVersionsRequest(8), 300)).rejects.toThrow('did not answer within 300 ms')
    const answer = once(socket, 'data')
    await node.thaw()
    expect(((await answer)[0] as Buffer).readInt32BE(4)).toBe(7)
    socket.destroy()
  })

  test.each(['kill', 'stop'] as const)('%s ends it; start has it back on the same port, its data kept', async how => {
    const [node] = kafka().nodes
    const pid = node.pid as number
    const topic = `before-${how}`
    await topics('--create', '--topic', topic, '--bootstrap-server', `127.0.0.1:${port()}`)
    await node[how]()
    expect(isAlive(pid)).toBe(false)
    expect(node.pid).toBeUndefined()
    await expect(exchange(port(), apiVersionsRequest(1))).rejects.toThrow('ECONNREFUSED')
    await node.start()
    expect(node.pid).not.toBe(pid)
    expect((await exchange(port(), apiVersionsRequest(43))).readInt32BE()).toBe(43)
    expect(await topics('--list', '--bootstrap-server', `127.0.0.1:${port()}`)).toContain(topic)
  })

  test('log() has what it logged over all its starts', async () => {
    const starts = (await kafka().log()).match(/Kafka Server started/g)
    expect(starts?.length).toBe(3)
  })
})

describe('listeners', () => {
  const kafka = useKafka({ listeners: ['SASL_PLAINTEXT', 'SSL', 'SASL_SSL'], users: { bob: 'his "secret"' } })
  const tls = (ca: string | undefined) => connectTls({ host: '127.0.0.1', port: kafka().nodes[0].port('SSL'), ca })

  test('SSL shows a certificate that the authority vouches for, for this address', async () => {
    const socket = tls(kafka().ca)
    await once(socket, 'secureConnect')
    expect(socket.authorized).toBe(true)
    socket.write(framed(apiVersionsRequest(44)))
    expect(((await once(socket, 'data'))[0] as Buffer).readInt32BE(4)).toBe(44)
    socket.destroy()
  })

  test('SSL is not believed under another authority', async () => {
    const other = await makeCertificates(folder)
    await expect(once(tls(other.ca), 'secureConnect')).rejects.toMatchObject({ code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  })

  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule'
  const bearer = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
  const password = 'username="bob" password="his \\"secret\\""'
  test.each([
    ['SASL_PLAINTEXT', 'PLAIN', `org.apache.kafka.common.security.plain.PlainLoginModule required ${password};`],
    ['SASL_PLAINTEXT', 'SCRAM-SHA-256', `${scram} required ${password};`],
    ['SASL_SSL', 'SCRAM-SHA-512', `${scram} required ${password};`],
    ['SASL_SSL', 'OAUTHBEARER', `${bearer} required unsecuredLoginStringClaim_sub="bob";`],
  ] as const)("%s lets Java's client in by %s", async (listener, mechanism, jaas) => {
    const args = ['--create', '--topic', mechanism, '--bootstrap-server', kafka().addresses(listener).join()]
    expect(await topics(...args, '--command-config', await client(listener, mechanism, jaas))).toContain(mechanism)
  })

  test.each(['PLAIN', 'SCRAM-SHA-256'])(
    'SASL_PLAINTEXT lets nobody in with a wrong password by %s',
    async mechanism => {
      const login = mechanism === 'PLAIN' ? 'org.apache.kafka.common.security.plain.PlainLoginModule' : scram
      const config = await client('SASL_PLAINTEXT', mechanism, `${login} required username="bob" password="a guess";`)
      const args = ['--list', '--bootstrap-server', kafka().addresses('SASL_PLAINTEXT').join()]
      await expect(topics(...args, '--command-config', config)).rejects.toThrow('SaslAuthenticationException')
    },
  )

  async function client(protocol: string, mechanism: string, jaas: string): Promise<string> {
    const { trustStore, password } = kafka().certificates ?? {}
    const file = join(folder, `${protocol}-${mechanism}.properties`)
    const lines = [
      `security.protocol=${protocol}`,
      `sasl.mechanism=${mechanism}`,
      `sasl.jaas.config=${jaas.replaceAll('\\', '\\\\')}`,
      'ssl.truststore.type=PKCS12',
      `ssl.truststore.location=${trustStore}`,
      `ssl.truststore.password=${password}`,
      'request.timeout.ms=20000',
      'default.api.timeout.ms=20000',
    ]
    await writeFile(file, lines.join('\n'))
    return file
  }
})

describe('two nodes', () => {
  const kafka = useKafka({ nodes: 2, config: { 'num.partitions': 5 } })

  test('are one cluster, on ports of their own', async () => {
    const ports = kafka().nodes.map(node => node.port('PLAINTEXT'))
    expect(new Set(ports).size).toBe(2)
    expect(await Promise.all(ports.map(port => brokersKnown(port)))).toEqual([2, 2])
  })

  test('hold replicas of each other, with the settings asked for', async () => {
    const bootstrap = ['--bootstrap-server', kafka().bootstrap.join()]
    await topics('--create', '--topic', 'twice', '--replication-factor', '2', ...bootstrap)
    const described = await topics('--describe', '--topic', 'twice', ...bootstrap)
    expect(described).toContain('PartitionCount: 5\tReplicationFactor: 2')
  })

  test('one goes and comes back', async () => {
    const [first, second] = kafka().nodes
    await second?.kill()
    expect((await exchange(first.port('PLAINTEXT'), apiVersionsRequest(1))).readInt16BE(4)).toBe(0)
    await second?.start(2)
    expect(await brokersKnown(first.port('PLAINTEXT'))).toBe(2)
  })
})

test('another version is resolved and started likewise', async () => {
  const kafka = await startKafka({ version: '3.9.1' })
  const answer = await exchange(kafka.nodes[0].port('PLAINTEXT'), apiVersionsRequest(45))
  // Produce v0 left with Kafka 4: only an older broker still offers it.
  expect(rangesOf(answer).get(0)?.[0]).toBe(0)
  await kafka.stop()
}, 600_000)

describe('what is left behind', () => {
  test('nothing after stop(); logs and settings, without data, after stop({ keepLog: true })', async () => {
    const [first, second] = [await startKafka(), await startKafka()]
    expect(existsSync(await first.stop())).toBe(false)
    const kept = await second.stop({ keepLog: true })
    expect((await readdir(kept)).sort()).toEqual(['node-1.log', 'node-1.properties'])
    expect(await second.log()).toContain('Kafka Server started')
    await rm(kept, { recursive: true })
  })

  test('the log of a node whose spec has a failing test, which the run names', async () => {
    const spec = join(await mkdtemp(join(folder, 'spec-')), 'failing.spec.ts')
    const harness = JSON.stringify(fileURLToPath(new URL('harness/use-kafka.ts', import.meta.url)))
    await writeFile(
      spec,
      `import { useKafka } from ${harness}
       const kafka = useKafka()
       test('passes', () => { kafka().bootstrap })
       test('fails', () => { throw new Error('on purpose') })`,
    )
    const args = ['vitest', 'run', '--root', dirname(spec), '--globals', '--hookTimeout', '60000']
    const output = await run('npx', args).then(({ stdout }) => stdout, String)
    expect(output).toContain('on purpose')
    const kept = /logs and settings of the failed test: (\S+)/.exec(output)?.[1] as string
    expect(await readFile(join(kept, 'node-1.log'), 'utf8')).toContain('Kafka Server started')
    await rm(kept, { recursive: true })
  })

  test('no file of a node whose settings are wrong', async () => {
    const own = await mkdtemp(join(folder, 'tmp-'))
    vi.stubEnv('TMPDIR', own)
    await expect(startKafka({ config: { 'auto.create.topics.enable': 'perhaps' } })).rejects.toThrow('perhaps')
    expect(await readdir(own)).toEqual([])
    vi.unstubAllEnvs()
  })

  test('a node that cannot start says why, and where its log is', async () => {
    const failure = String(await startKafka({ jvm: ['-XX:NoSuchFlag=1'] }).catch(String))
    expect(failure).toContain('NoSuchFlag')
    const log = /from (\S+\.log):/.exec(failure)?.[1] as string
    expect(existsSync(log)).toBe(true)
    await rm(dirname(log), { recursive: true })
  })

  describe('when the process that started it ends', () => {
    const program = () => join(folder, 'build', 'tools', 'kafka.js')
    beforeAll(async () => {
      const options = '--module nodenext --target es2022 --lib es2023 --types node --skipLibCheck --rootDir .'.split(
        ' ',
      )
      const out = join(folder, 'build')
      await run('npx', ['tsc', 'tools/kafka.ts', '--ignoreConfig', '--outDir', out, ...options])
      await writeFile(join(out, 'package.json'), '{ "type": "module" }')
    })

    test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('by %s, its JVM and its files go too', async signal => {
      const { child, output } = await startProgram(program())
      const pid = Number(/process (\d+)/.exec(output)?.[1])
      const files = dirname(/: (\S+\.log)/.exec(output)?.[1] as string)
      expect([isAlive(pid), existsSync(files)]).toEqual([true, true])
      child.kill(signal)
      expect(await once(child, 'exit')).toEqual(signal === 'SIGKILL' ? [null, signal] : [0, null])
      await vi.waitFor(() => expect([isAlive(pid), existsSync(files)]).toEqual([false, false]), 10_000)
    })
  })
})

describe('Java', () => {
  test('runs a single-file program with what Kafka has on its class path', async () => {
    const file = join(folder, 'Golden.java')
    await writeFile(
      file,
      `class Golden {
         public static void main(String[] args) throws Exception {
           int wait = System.in.read();
           System.out.print(args[0] + (char) wait + org.apache.kafka.common.protocol.ApiKeys.API_VERSIONS.id);
         }
       }`,
    )
    const classPath = await javaClassPath(['org.apache.kafka:kafka-clients:4.4.0'])
    expect((await runJava(file, ['key'], { classPath, input: '=' })).stdout).toBe('key=18')
  })

  test('a program that fails rejects with what it printed', async () => {
    await expect(runJava('NoSuchProgram', [], { classPath: folder })).rejects.toThrow('NoSuchProgram')
  })

  test('Maven that knows no such thing says so', async () => {
    await expect(javaClassPath(['org.apache.kafka:no-such-artifact:1'])).rejects.toThrow('no-such-artifact')
  })
})

test('kcat is found on the path, or said to be missing', async () => {
  vi.stubEnv('PATH', folder)
  expect(findKcat()).toBeUndefined()
  const file = join(folder, 'kcat')
  await writeFile(file, '')
  expect(findKcat()).toBeUndefined()
  await chmod(file, 0o755)
  expect(findKcat()).toBe(file)
  vi.unstubAllEnvs()
})

async function topics(...args: string[]): Promise<string> {
  const { stdout } = await runJava('org.apache.kafka.tools.TopicCommand', args, { classPath: await toolsClassPath() })
  return stdout
}

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

/** Lowest and highest version by API key, of an answer to ApiVersions v0. */
function rangesOf(answer: Buffer): Map<number, [number, number]> {
  const entries = Array.from({ length: answer.readInt32BE(6) }, (_, i) => answer.subarray(10 + i * 6))
  return new Map(entries.map(entry => [entry.readInt16BE(), [entry.readInt16BE(2), entry.readInt16BE(4)]]))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function startProgram(program: string): Promise<{ child: ChildProcess; output: string }> {
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.includes('ctrl-C')) break
  }
  return { child, output }
}
