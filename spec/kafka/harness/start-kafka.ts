import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Certificates, makeCertificates } from './certificates.js'
import { brokerClassPath, defaultVersion } from './class-path.js'
import { deadManSwitch } from './dead-man-switch.js'
import { freePorts } from './free-ports.js'
import { KafkaNode } from './kafka-node.js'
import { runJava } from './run-java.js'
import {
  type ClusterPlan,
  type Config,
  host,
  type Listener,
  type Ports,
  serverProperties,
} from './server-properties.js'

/** What to start. */
export interface KafkaOptions {
  /** Of Apache Kafka, 3.9 or later. Default: {@link defaultVersion}. */
  readonly version?: string
  /** How many brokers. Default: 1. */
  readonly nodes?: number
  /**
   * How many of them, from the first, are controllers as well; more than half of those must live for the cluster to.
   * Default: 3 of three or more nodes, else 1.
   */
  readonly controllers?: number
  /** What clients can speak; each has a port on each node. Default: PLAINTEXT alone. */
  readonly listeners?: readonly Listener[]
  /** Passwords by name, for PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. Default: alice with alice-secret. */
  readonly users?: Readonly<Record<string, string>>
  /** Where the nodes are, from the first. Default: nowhere. */
  readonly racks?: readonly string[]
  /** Settings of every node, over those of the harness. */
  readonly config?: Config
  /** More JVM options. */
  readonly jvm?: readonly string[]
}

/** A running cluster. */
export interface Kafka {
  readonly version: string
  readonly nodes: readonly [KafkaNode, ...KafkaNode[]]
  readonly users: Readonly<Record<string, string>>
  /** With an SSL or SASL_SSL listener. */
  readonly certificates: Certificates | undefined
  /** The authority in PEM, as node's `tls.connect({ ca })` takes it; undefined without a TLS listener. */
  readonly ca: string | undefined
  /** `host:port` of each node on the first listener. */
  readonly bootstrap: readonly string[]
  /** The same on any listener. */
  addresses(listener: Listener): string[]
  /** All that the nodes have logged. */
  log(): Promise<string>
  /** Kills every node and removes all files, except, with `keepLog`, logs and settings; resolves with their folder. */
  stop(options?: { readonly keepLog?: boolean }): Promise<string>
}

/**
 * Starts an Apache Kafka (KRaft, brokers that are controllers too) on free ports of 127.0.0.1, its files in a temporary
 * folder, and resolves when every node answers and knows of the others. Whatever becomes of this process, nodes and
 * files go with it. In specs, `useKafka` starts and stops it with the file.
 *
 * @example
 * const kafka = await startKafka({ nodes: 3, listeners: ['PLAINTEXT', 'SASL_SSL'], config: { 'num.partitions': 6 } })
 * await kafka.nodes[0].kill()
 * await kafka.stop()
 */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const {
    version = defaultVersion,
    nodes: count = 1,
    listeners = ['PLAINTEXT'],
    users = { alice: 'alice-secret' },
  } = options
  const folder = await mkdtemp(join(tmpdir(), 'kafka-rx-'))
  deadManSwitch.watchFolder(folder)
  const needsTls = listeners.some(name => name.endsWith('SSL'))
  const [classPath, certificates, ports] = await Promise.all([
    brokerClassPath(version),
    needsTls ? makeCertificates(folder) : undefined,
    portsOfEach(count, listeners),
  ])
  const { controllers = count >= 3 ? 3 : 1, racks = [], config = {}, jvm = [] } = options
  const plan: ClusterPlan = { listeners, ports, controllers, users, certificates, racks, config }
  // One that starts with a dash would be taken for an option.
  const clusterId = randomBytes(16).toString('base64url').replaceAll('-', '_')

  const nodes = ports.map((own, index) => {
    const id = index + 1
    const [properties, logFile] = [join(folder, `node-${id}.properties`), join(folder, `node-${id}.log`)]
    return new KafkaNode({ id, ports: own, properties, logFile, classPath, jvm })
  }) as [KafkaNode, ...KafkaNode[]]

  const log = async () => (await Promise.all(nodes.map(node => node.log()))).join('')
  const stop: Kafka['stop'] = async ({ keepLog = false } = {}) => {
    await Promise.all(nodes.map(node => node.kill()))
    const gone = keepLog ? nodes.map(node => dataFolder(folder, node)) : [folder]
    await Promise.all(gone.map(path => rm(path, { recursive: true, force: true })))
    deadManSwitch.forgetFolder(folder)
    return folder
  }

  const starting = nodes.map(async node => {
    const properties = join(folder, `node-${node.id}.properties`)
    await mkdir(dataFolder(folder, node))
    await writeFile(properties, serverProperties(plan, node.id, dataFolder(folder, node)))
    await format(classPath, clusterId, properties, listeners.some(isSasl) ? users : {})
    await node.start(count)
  })
  const failed = (await Promise.allSettled(starting)).find(result => result.status === 'rejected')
  if (failed !== undefined) {
    // Where nothing was logged, the error has said it all.
    await stop({ keepLog: (await log()) !== '' })
    throw failed.reason
  }

  const addresses = (listener: Listener) => nodes.map(node => `${host}:${node.port(listener)}`)
  return {
    version,
    nodes,
    users,
    certificates,
    ca: certificates?.ca,
    bootstrap: addresses(listeners[0] ?? 'PLAINTEXT'),
    addresses,
    log,
    stop,
  }
}

function dataFolder(folder: string, node: KafkaNode): string {
  return join(folder, `node-${node.id}`)
}

function isSasl(listener: Listener): boolean {
  return listener.startsWith('SASL')
}

async function portsOfEach(nodes: number, listeners: readonly Listener[]): Promise<Ports[]> {
  const names = [...listeners, 'INTERNAL', 'CONTROLLER'] as const
  const ports = await freePorts(nodes * names.length)
  return Array.from({ length: nodes }, (_, node) => {
    const own = names.map((name, i) => [name, ports[node * names.length + i]])
    return Object.fromEntries(own) as Ports
  })
}

/** What a first start needs on disk; SCRAM credentials can be there from the first moment only if they are added here. */
async function format(classPath: string, clusterId: string, properties: string, users: Kafka['users']): Promise<void> {
  const scram = Object.entries(users).flatMap(([name, password]) =>
    [256, 512].flatMap(bits => ['--add-scram', `SCRAM-SHA-${bits}=[name=${name},password=${password}]`]),
  )
  const args = ['format', '--cluster-id', clusterId, '--config', properties, ...scram]
  await runJava('kafka.tools.StorageTool', args, { classPath })
}
