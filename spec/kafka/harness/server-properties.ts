import type { Certificates } from './certificates.js'

/** What a client may be made to speak. */
export type Listener = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

/** The ports of one node: its listeners for clients, and two of its own. */
export type Ports = Readonly<Partial<Record<Listener, number>> & { INTERNAL: number; CONTROLLER: number }>

/** Kafka's settings by name. */
export type Config = Readonly<Record<string, string | number | boolean>>

/** All that one node's settings depend on. */
export interface ClusterPlan {
  readonly listeners: readonly Listener[]
  /** By node id, which is the index + 1. */
  readonly ports: readonly Ports[]
  /** How many of the nodes, from the first, are controllers too. */
  readonly controllers: number
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>
  readonly certificates: Certificates | undefined
  /** Of the nodes, from the first; they have none where there are fewer. */
  readonly racks: readonly string[]
  /** Overrides everything else. */
  readonly config: Config
}

export const host = '127.0.0.1'

/** The `server.properties` of one node. */
export function serverProperties(plan: ClusterPlan, nodeId: number, dataFolder: string): string {
  const properties = { ...small(plan), ...topology(plan, nodeId, dataFolder), ...security(plan), ...plan.config }
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('')
}

/** Settings that suit a few megabytes of data and tests that should not wait. */
function small(plan: ClusterPlan): Config {
  const replicas = Math.min(plan.ports.length, 3)
  // With three, one may go and `acks=all` is still served, and refused when two have gone.
  const inSync = Math.max(1, replicas - 1)
  return {
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    // Kafka takes this at once, 128 MiB by default.
    'log.cleaner.dedupe.buffer.size': 4 << 20,
    // A broker that was killed may register again only when the session of its former life has ended, 9 s by default.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'group.initial.rebalance.delay.ms': 0,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.num.partitions': 4,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
  }
}

function topology(plan: ClusterPlan, nodeId: number, dataFolder: string): Config {
  const ports = plan.ports[nodeId - 1] as Ports
  const isController = nodeId <= plan.controllers
  const forClients = [...plan.listeners, 'INTERNAL' as const].map(name => `${name}://${host}:${ports[name]}`)
  const protocols = plan.listeners.map(name => `${name}:${name}`)
  const voters = plan.ports.slice(0, plan.controllers)
  const rack = plan.racks[nodeId - 1]
  return {
    'node.id': nodeId,
    ...(rack !== undefined && { 'broker.rack': rack }),
    'process.roles': isController ? 'broker,controller' : 'broker',
    'log.dirs': dataFolder,
    listeners: [...forClients, ...(isController ? [`CONTROLLER://${host}:${ports.CONTROLLER}`] : [])].join(','),
    'advertised.listeners': forClients.join(','),
    'listener.security.protocol.map': [...protocols, 'INTERNAL:PLAINTEXT', 'CONTROLLER:PLAINTEXT'].join(','),
    // Between themselves the nodes speak plain text, whatever clients must.
    'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': voters.map((voter, i) => `${i + 1}@${host}:${voter.CONTROLLER}`).join(','),
  }
}

function security(plan: ClusterPlan): Config {
  const config: Record<string, string> = {}
  if (plan.certificates !== undefined) {
    const { keyStore, trustStore, password } = plan.certificates
    Object.assign(config, {
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': keyStore,
      'ssl.keystore.password': password,
      'ssl.truststore.type': 'PKCS12',
      'ssl.truststore.location': trustStore,
      'ssl.truststore.password': password,
    })
  }
  for (const listener of plan.listeners.filter(name => name.startsWith('SASL'))) {
    const prefix = `listener.name.${listener.toLowerCase()}`
    config[`${prefix}.sasl.enabled.mechanisms`] = Object.keys(loginModules).join(',')
    for (const [mechanism, login] of Object.entries(loginModules)) {
      config[`${prefix}.${mechanism.toLowerCase()}.sasl.jaas.config`] = login(plan.users)
    }
  }
  return config
}

const modules = 'org.apache.kafka.common.security'
const scram = () => `${modules}.scram.ScramLoginModule required;`

const loginModules: Readonly<Record<string, (users: ClusterPlan['users']) => string>> = {
  PLAIN: users => {
    const names = Object.entries(users).map(
      ([name, password]) => ` user_${name}="${password.replaceAll(/["\\]/g, '\\$&')}"`,
    )
    return `${modules}.plain.PlainLoginModule required${names.join('')};`
  },
  'SCRAM-SHA-256': scram,
  'SCRAM-SHA-512': scram,
  // Without more, the broker accepts unsecured JSON web tokens: made for exactly this.
  OAUTHBEARER: () => `${modules}.oauthbearer.OAuthBearerLoginModule required;`,
}
