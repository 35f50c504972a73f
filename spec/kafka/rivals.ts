import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { npm, root } from '../user-project.js'

/** A member of a group by another package. */
export interface Rival {
  /** Of all records that it was given. */
  readonly values: readonly string[]
  /** Leaves, resolves when it has. */
  end(): Promise<void>
}

export interface RivalOptions {
  readonly bootstrap: readonly string[]
  readonly group: string
  readonly topic: string
}

export type StartRival = (options: RivalOptions) => Promise<Rival>

/** The packages that `bench` has, in a temporary folder of their own; nothing of them is run by the install. */
export function installRivals() {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-rx-rivals-'))
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(root, 'bench', name), join(folder, name))
  npm(folder, 'ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error')
  const require = createRequire(join(folder, 'package.json'))
  const load = async (name: string) => (await import(pathToFileURL(require.resolve(name)).href)) as never
  return {
    kafkajs: (async options => startKafkajs((await load('kafkajs')) as Kafkajs, options)) as StartRival,
    platformatic: (async options =>
      startPlatformatic((await load('@platformatic/kafka')) as Platformatic, options)) as StartRival,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function startKafkajs({ default: { Kafka, logLevel } }: Kafkajs, options: RivalOptions): Promise<Rival> {
  const { bootstrap, group, topic } = options
  const client = new Kafka({ brokers: bootstrap, logLevel: logLevel.NOTHING })
  const consumer = client.consumer({ groupId: group })
  const values: string[] = []
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) })
  const end = async () => {
    await consumer.stop()
    await consumer.disconnect()
  }
  return { values, end }
}

/** Of node 22, which @platformatic/kafka asks for: it is all that node 20 lacks of it. */
function withResolvers() {
  let settle = {}
  const promise = new Promise((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}

async function startPlatformatic({ Consumer }: Platformatic, options: RivalOptions): Promise<Rival> {
  const { bootstrap, group, topic } = options
  if (!('withResolvers' in Promise)) Object.assign(Promise, { withResolvers })
  const consumer = new Consumer({ clientId: 'rival', groupId: group, bootstrapBrokers: bootstrap, autocommit: 100 })
  const stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest' })
  const values: string[] = []
  stream.on('data', ({ value }) => void values.push(String(value)))
  return { values, end: () => consumer.close(true) }
}

interface Kafkajs {
  readonly default: {
    readonly Kafka: new (
      options: object,
    ) => {
      consumer(options: object): {
        connect(): Promise<void>
        subscribe(options: object): Promise<void>
        run(options: {
          readonly eachMessage: (payload: { readonly message: { readonly value: Buffer | null } }) => Promise<void>
        }): Promise<void>
        stop(): Promise<void>
        disconnect(): Promise<void>
      }
    }
    readonly logLevel: { readonly NOTHING: number }
  }
}

interface Platformatic {
  readonly Consumer: new (
    options: object,
  ) => {
    consume(options: object): Promise<{
      on(event: 'data', listener: (message: { readonly value: Buffer | null }) => void): void
    }>
    close(force: boolean): Promise<void>
  }
}
