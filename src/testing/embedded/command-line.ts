import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { EmbeddedBrokerOptions } from './options.js'

/** What somebody who typed a command wants: a cluster, to be told how to get one, or nothing that can be understood. */
export type CommandLine =
  | { readonly kind: 'start'; readonly options: EmbeddedBrokerOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'mistaken'; readonly message: string }

/** Reads the arguments of `kafka-rx-broker`. Whether a number is in its range is for the cluster to say. */
export function commandLine(args: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({ args: [...args], options: flags, strict: true })
    if (values.help === true) return { kind: 'help' }
    const { host, advertise } = values
    for (const [name, value] of Object.entries({ host, advertise })) {
      if (value === '') return { kind: 'mistaken', message: `--${name} is empty` }
    }
    if (advertise === undefined && host !== undefined && everyAddress.includes(host)) {
      const message = `--host ${host} is every address of this machine and none that clients can connect to: say with`
      return { kind: 'mistaken', message: `${message} --advertise by which name they reach it` }
    }
    const numbers = (['port', 'brokers', 'partitions'] as const).flatMap(name => {
      const text = values[name]
      if (text !== undefined && !/^\d+$/.test(text)) throw new Error(`--${name} must be a number; got '${text}'`)
      return text === undefined ? [] : [[name, Number(text)] as const]
    })
    const names = { ...(host !== undefined && { host }), ...(advertise !== undefined && { advertise }) }
    return { kind: 'start', options: { port: 9092, ...names, ...Object.fromEntries(numbers) } }
  } catch (error) {
    // What node says after its first sentence is about command lines in general.
    const [message = ''] = String((error as Error).message).split(/\. |\n/)
    return { kind: 'mistaken', message }
  }
}

/** What `--help` prints. */
export const usage = `Usage: kafka-rx-broker [options]

An in-memory Kafka cluster, for tests and for trying things: any Kafka client can talk to it.

  --port <number>        of the first broker, the others follow; 0: any that are free   (9092)
  --host <address>       to listen on                                                   (127.0.0.1)
  --advertise <name>     that clients are told to connect to                            (as --host)
  --brokers <number>     how many the cluster has                                       (1)
  --partitions <number>  that a topic gets where nobody says                            (1)
  -h, --help             prints this
`

const flags = {
  port: { type: 'string' },
  host: { type: 'string' },
  advertise: { type: 'string' },
  brokers: { type: 'string' },
  partitions: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options']

const everyAddress = ['0.0.0.0', '::', '[::]']
