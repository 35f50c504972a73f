import type { Subscription } from 'rxjs'
import { onTestFinished } from 'vitest'
import { type Broker, type BrokerOptions, broker } from '../../../src/index.js'
import { type EmbeddedBroker, type EmbeddedBrokerOptions, embeddedBroker } from '../../../src/testing/index.js'
import { type RawClient, rawClient } from './behaviour/raw-client.js'

/** A cluster that runs until its test is over, and what it ended with. */
export interface Running {
  readonly cluster: EmbeddedBroker
  /** Resolves with the error that the cluster ended with. */
  readonly failed: Promise<unknown>
  readonly subscription: Subscription
}

/** Starts a cluster for the test that calls it. */
export function running(options: EmbeddedBrokerOptions = {}): Promise<Running> {
  return new Promise((resolve, reject) => {
    let fail: (error: unknown) => void = () => {}
    const failed = new Promise<unknown>(settle => {
      fail = settle
    })
    let emitted: EmbeddedBroker | undefined
    const subscription = embeddedBroker(options).subscribe({
      next: cluster => {
        emitted = cluster
      },
      error: error => {
        reject(error)
        fail(error)
      },
    })
    onTestFinished(() => subscription.unsubscribe())
    // It listens before it is given out, and without sockets that is before the subscribe has returned.
    const wait = (): void => {
      if (emitted === undefined) setImmediate(wait)
      else resolve({ cluster: emitted, failed, subscription })
    }
    wait()
  })
}

/** Where a node is, and over what it is reached: TCP when the cluster listens. */
export function at(cluster: EmbeddedBroker, nodeId = 1, overTcp = false): BrokerOptions {
  const address = cluster.brokers.find(one => one.nodeId === nodeId)
  if (address === undefined) throw new Error(`there is no broker ${nodeId}`)
  const { host, port } = address
  return overTcp ? { host, port } : { host, port, transport: cluster.transport }
}

/** Our own client, connected until the test is over. */
export function connected(options: BrokerOptions): Promise<Broker> {
  return new Promise((resolve, reject) => {
    const subscription = broker(options).subscribe({ next: resolve, error: reject })
    onTestFinished(() => subscription.unsubscribe())
  })
}

/** A raw client, connected until the test is over. */
export async function raw(options: BrokerOptions, clientId = 'raw'): Promise<RawClient> {
  const { host, port = 9092, transport } = options
  const client = await rawClient({ host, port }, clientId, transport)
  onTestFinished(() => client.close())
  return client
}

/** Waits, a turn of the event loop at a time, until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve))
}

/** All error codes in an answer, wherever they stand. */
export function codesIn(answer: object): Set<unknown> {
  const found = new Set<unknown>()
  JSON.stringify(answer, (key, value) => {
    if (/errorCode$/i.test(key)) found.add(value)
    return typeof value === 'bigint' ? String(value) : value
  })
  return found
}
