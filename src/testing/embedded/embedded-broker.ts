import { endWith, mergeMap, Observable, type ObservableInput, Subscription, take } from 'rxjs'
import { checkFunction } from '../../connection/check-arguments.js'
import { lend } from '../../connection/lend.js'
import type { Transport } from '../../connection/transport.js'
import { checkOptions, describe, type OptionNames } from '../../errors/check-options.js'
import { ArgumentError } from '../../errors.js'
import type { KafkaRecord } from '../../protocol/records/record-batch.js'
import { partitionOf } from './cluster.js'
import { clusterTransport } from './cluster-transport.js'
import { type CoordinatorKind, coordinatorPartition } from './coordinators.js'
import { Driver } from './driver.js'
import type { Fault, FaultOptions, FaultTarget } from './faults.js'
import { type GroupView, viewGroup } from './groups/group-view.js'
import { moveLeader } from './leadership.js'
import { type Listener, listen } from './listener.js'
import { Machine } from './machine.js'
import type { Node } from './node.js'
import { type EmbeddedBrokerOptions, type EmbeddedBrokerSettings, embeddedBrokerSettings } from './options.js'
import { serve } from './serve.js'
import { type TransactionView, viewTransaction } from './transactions/transaction-view.js'
import {
  type BrokerAddress,
  type ConnectionView,
  type PartitionView,
  viewBrokers,
  viewClient,
  viewPartition,
  viewRecords,
} from './views.js'

/** A running cluster: where it is, what is in it, and what can be done to it. */
export interface EmbeddedBroker {
  readonly clusterId: string
  /** `host:port` of each broker; there is at least one. */
  readonly bootstrap: readonly [string, ...string[]]
  /** The same with node ids. */
  readonly brokers: readonly [BrokerAddress, ...BrokerAddress[]]
  /** Leads to the brokers by host and port without sockets, and so in virtual time: for `connect` and all upon it. */
  readonly transport: Transport
  /** The connections that are open. */
  readonly connections: readonly ConnectionView[]
  /** All partitions of all topics, as they are at this moment. */
  readonly partitions: readonly PartitionView[]
  /** All groups of both protocols, with their members and what they have committed, as they are at this moment. */
  readonly groups: readonly GroupView[]
  /** All transactional ids, as they are at this moment. */
  readonly transactions: readonly TransactionView[]
  /**
   * The records of a partition that are for users, the oldest first; those of open and aborted transactions included.
   *
   * @throws {ArgumentError} when there is no such partition
   */
  records(topic: string, partition: number): readonly KafkaRecord[]
  /**
   * Injects a fault; the next request that it is for is hit, or as many as `times` says.
   *
   * @throws {ArgumentError} when an option cannot be right
   *
   * @example
   * cluster.fault({ api: 'Produce', topic: 'orders', partition: 1, error: 'NOT_ENOUGH_REPLICAS', times: 3 })
   * cluster.fault({ api: 'Fetch', nodeId: 1, delay: 500 })
   * cluster.fault({ api: 'Produce', cut: 'after' })
   * cluster.fault({ api: 'Metadata', bytes: answer => answer.subarray(0, 7) })
   * cluster.fault({ api: 'Produce', skip: 9, before: () => cluster.moveLeader('orders', 0, 2) })
   */
  fault(options: FaultOptions): Fault
  /**
   * Makes a broker the leader of a partition, which moves there if that broker has no replica of it.
   *
   * @throws {ArgumentError} when there is no such partition or broker, or it is down
   */
  moveLeader(topic: string, partition: number, to: number): void
  /**
   * Loses the records of a partition from an offset on, whole batches of them, as when a replica that lacks them is made
   * the leader (an unclean election): leader epochs tell those who have read them.
   *
   * @throws {ArgumentError} when there is no such partition
   */
  truncate(topic: string, partition: number, offset: bigint): void
  /**
   * Makes a broker the coordinator of a group or a transactional id, and of all that share its partition.
   *
   * @throws {ArgumentError} when there is no such kind or broker, or it is down
   */
  moveCoordinator(kind: CoordinatorKind, key: string, to: number): void
  /** Hangs up on all clients, or on those that are meant. */
  disconnect(target?: DisconnectTarget): void
  /**
   * Takes a broker down: its connections are cut, further ones refused, other replicas lead its partitions. Its logs stay.
   *
   * @throws {ArgumentError} when there is no such broker
   */
  stop(nodeId: number): void
  /**
   * Brings it up again, on the port that it had; over TCP it listens a turn of the event loop later.
   *
   * @throws {ArgumentError} when there is no such broker
   */
  start(nodeId: number): void
}

/** Whom {@link EmbeddedBroker.disconnect} hangs up on: those for whom all holds that is given. */
export type DisconnectTarget = Pick<FaultTarget, 'nodeId' | 'clientId' | 'connection'>

const disconnectNames: OptionNames<DisconnectTarget> = { nodeId: true, clientId: true, connection: true }

type Use<R> = (cluster: EmbeddedBroker) => ObservableInput<R>

/**
 * An in-memory Kafka cluster, for tests and for trying things: it speaks the protocol of a 4.4 broker to any client over
 * TCP, and to this process through its `transport` in virtual time.
 *
 * Emits the running cluster once and stays; unsubscribing stops it and frees its memory and ports. What it keeps is
 * bounded: of each partition the newest `retentionBytes`, 64 MiB by default. What else bounds it, and where it knowingly
 * differs from Kafka, is in `docs/embedded-broker.md`. With `use` it mirrors what that returns, and stops at its end.
 *
 * ```text
 * embeddedBroker()               --b-------        listens; unsubscribing stops it
 * embeddedBroker(options, use)   -----a--b---|     use: ---a--b---|
 * ```
 *
 * @param options  see {@link EmbeddedBrokerOptions}; all have defaults
 * @param use  what to do with the cluster
 * @throws {ArgumentError} at the call, when an option cannot be right
 * Errors with {@link ListenError} when a port is taken.
 *
 * @example
 * embeddedBroker({ topics: { orders: 3 } }).subscribe(broker => {
 *   const [{ host, port }] = broker.brokers
 *   connect({ host, port, transport: broker.transport }).subscribe(connection => console.log(connection.remotePort))
 * })
 */
export function embeddedBroker(options?: EmbeddedBrokerOptions): Observable<EmbeddedBroker>
export function embeddedBroker<R>(options: EmbeddedBrokerOptions, use: Use<R>): Observable<R>
export function embeddedBroker<R>(options: EmbeddedBrokerOptions = {}, use?: Use<R>): Observable<EmbeddedBroker | R> {
  const settings = embeddedBrokerSettings(options)
  // So that what is wrong with a topic is said at the call, too.
  new Machine(settings)
  const running = run(settings)
  if (use === undefined) return running
  checkFunction('use', use)
  return lend(running, use)
}

/** Runs the cluster while subscribed. */
function run(settings: EmbeddedBrokerSettings): Observable<EmbeddedBroker> {
  return new Observable(subscriber => {
    const machine = new Machine(settings)
    const driver = new Driver(machine, settings.scheduler, error => subscriber.error(error))
    subscriber.add(() => driver.stop())
    const listeners = new Map<number, Subscription>()
    const nodes = [...machine.cluster.nodes.values()]

    const listenFor = (node: Node, onListening: () => void): void => {
      const listening = new Subscription()
      listeners.set(node.id, listening)
      subscriber.add(listening)
      const served = listen(settings.host, node.port, subscriber).pipe(
        mergeMap((listener: Listener) => {
          node.port = listener.port
          onListening()
          return listener.accepted
        }),
      )
      listening.add(
        served.subscribe({
          next: accepted => serveSocket(subscriber, driver, node.id, accepted),
          error: error => subscriber.error(error),
        }),
      )
    }

    const hooks = {
      onStopped: (node: Node) => listeners.get(node.id)?.unsubscribe(),
      onStarted: (node: Node) => settings.listen && listenFor(node, () => {}),
    }
    if (!settings.listen) {
      for (const node of nodes) node.port ||= 9091 + node.id
      subscriber.next(control(driver, hooks))
      return
    }
    let waiting = nodes.length
    for (const node of nodes) listenFor(node, () => --waiting === 0 && subscriber.next(control(driver, hooks)))
  })
}

type Accepted = ReturnType<typeof listen> extends Observable<{ accepted: Observable<infer A> }> ? A : never

/** Outlives the listener, not the cluster. */
function serveSocket(
  cluster: { add(teardown: Subscription): void },
  driver: Driver,
  nodeId: number,
  accepted: Accepted,
): void {
  const socket = new Subscription()
  cluster.add(socket)
  const leave = (): void => socket.unsubscribe()
  // Served to its end, it is closed; that a socket fails is the client's affair.
  const served = accepted.pipe(
    mergeMap(channel => serve(driver, nodeId, channel).pipe(endWith('done'))),
    take(1),
  )
  socket.add(served.subscribe({ error: leave, complete: leave }))
}

interface Hooks {
  readonly onStopped: (node: Node) => void
  readonly onStarted: (node: Node) => void
}

function control(driver: Driver, hooks: Hooks): EmbeddedBroker {
  const { machine } = driver
  const { cluster } = machine
  const nodeOf = (nodeId: number): Node => {
    const node = cluster.nodes.get(nodeId)
    if (node === undefined)
      throw new ArgumentError(`nodeId must be from 1 to ${cluster.nodes.size}; got ${describe(nodeId)}`)
    return node
  }
  const upNodeOf = (nodeId: number): Node => {
    const node = nodeOf(nodeId)
    if (!node.isUp) throw new ArgumentError(`broker ${nodeId} is down: it cannot lead`)
    return node
  }
  const partition = (topic: string, index: number) => {
    const found = partitionOf(cluster, topic, index)
    if (found === undefined) throw new ArgumentError(`topic ${topic} has no partition ${index}`)
    return found
  }
  // Options ask for one at least.
  const [first, ...others] = viewBrokers(cluster) as [BrokerAddress, ...BrokerAddress[]]
  return {
    clusterId: cluster.id,
    brokers: [first, ...others],
    bootstrap: [hostAndPort(first), ...others.map(hostAndPort)],
    transport: clusterTransport(driver),
    get connections() {
      return machine.clients.map(viewClient)
    },
    get partitions() {
      return [...cluster.topics.values()].flatMap(topic => topic.partitions.map(viewPartition))
    },
    get groups() {
      return [...cluster.groups.values()].map(group => viewGroup(group, cluster))
    },
    get transactions() {
      return [...cluster.transactions.values()].map(transaction => viewTransaction(transaction, cluster))
    },
    records: (topic, index) => viewRecords(partition(topic, index)),
    fault(options) {
      if (options.nodeId !== undefined) nodeOf(options.nodeId)
      return machine.faults.add(options)
    },
    moveLeader(topic, index, to) {
      const [moved, node] = [partition(topic, index), upNodeOf(to)]
      driver.control(() => moveLeader(cluster, moved, node.id))
    },
    truncate(topic, index, offset) {
      const cut = partition(topic, index)
      driver.control(() => cut.truncate(offset))
    },
    moveCoordinator(kind, key, to) {
      if (kind !== 'group' && kind !== 'transaction') {
        throw new ArgumentError(`kind must be 'group' or 'transaction'; got ${describe(kind)}`)
      }
      const node = upNodeOf(to)
      driver.control(() => {
        const led = coordinatorPartition(cluster, kind, key)
        if (led !== undefined) moveLeader(cluster, led, node.id)
      })
    },
    disconnect(target = {}) {
      checkOptions(target, disconnectNames, 'disconnect()')
      const { nodeId, clientId, connection } = target
      driver.control(() =>
        machine.hangUp(
          client =>
            (nodeId === undefined || client.nodeId === nodeId) &&
            (clientId === undefined || client.clientId === clientId) &&
            (connection === undefined || client.id === connection),
        ),
      )
    },
    stop(nodeId) {
      const node = nodeOf(nodeId)
      if (!node.isUp) return
      hooks.onStopped(node)
      driver.control(() => machine.stop(nodeId))
    },
    start(nodeId) {
      const node = nodeOf(nodeId)
      if (node.isUp) return
      driver.control(() => machine.start(nodeId))
      hooks.onStarted(node)
    },
  }
}

function hostAndPort({ host, port }: BrokerAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
