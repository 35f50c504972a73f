import type { LeftOut } from '../harness/bench.js'
import { loadRival } from '../harness/load-rival.js'
import type { Peer } from '../harness/start-peer.js'

/** Asks for Metadata of no topics once. */
export interface Asker {
  ask(): Promise<unknown>
  close(): unknown
}

/** The lowest call of kafkajs that takes a request and gives its decoded response. */
export async function kafkajsAsker({ host, port }: Peer): Promise<Asker | LeftOut> {
  const network = await loadRival<{ default: KafkajsConnectionClass }>('kafkajs/src/network/connection.js')
  if ('leftOut' in network) return network
  const sockets = (await loadRival('kafkajs/src/network/socketFactory.js')) as { default: () => unknown }
  const protocol = (await loadRival('kafkajs/src/protocol/requests/index.js')) as { default: KafkajsRequests }
  const silent = { debug() {}, info() {}, warn() {}, error() {}, namespace: () => silent }
  const connection = new network.default({
    host,
    port,
    logger: silent,
    socketFactory: sockets.default(),
    requestTimeout: 30_000,
    connectionTimeout: 10_000,
    clientId: 'kafka-rx',
  })
  await connection.connect()
  const { Metadata } = protocol.default.requests
  const make = Metadata.protocol({ version: 6 })
  return { ask: () => connection.send(make({ topics: [] })), close: () => connection.disconnect() }
}

interface KafkajsConnectionClass {
  new (
    options: object,
  ): {
    connect(): Promise<unknown>
    send(request: unknown): Promise<unknown>
    disconnect(): Promise<unknown>
  }
}

interface KafkajsRequests {
  readonly requests: { readonly Metadata: { protocol(options: { version: number }): (body: object) => unknown } }
}

/** The same of @platformatic/kafka. */
export async function platformaticAsker({ host, port }: Peer): Promise<Asker | LeftOut> {
  const rival = await loadRival<Platformatic>('@platformatic/kafka')
  if ('leftOut' in rival) return rival
  const { Connection, metadataV12 } = rival
  const connection = new Connection('kafka-rx', { maxInflights: 100 })
  await connection.connect(host, port)
  const ask = () =>
    new Promise((resolve, reject) => {
      metadataV12.api(connection, [], true, false, (error, response) => (error ? reject(error) : resolve(response)))
    })
  return { ask, close: () => connection.close() }
}

interface Platformatic {
  readonly Connection: new (
    clientId: string,
    options: object,
  ) => { connect(host: string, port: number): Promise<void>; close(): Promise<void> }
  readonly metadataV12: {
    api(
      connection: object,
      topics: readonly string[],
      allowAutoTopicCreation: boolean,
      includeTopicAuthorizedOperations: boolean,
      callback: (error: Error | null, response: unknown) => void,
    ): void
  }
}
