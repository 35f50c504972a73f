import type { EmbeddedBroker } from './embedded-broker.js'
import { handlers } from './handlers.js'
import type { EmbeddedBrokerSettings } from './options.js'

/** What `kafka-rx-broker` prints when it is up: where it is, how to talk to it, what it serves. */
export function greeting(broker: EmbeddedBroker, { config, retentionBytes }: EmbeddedBrokerSettings): string {
  const bootstrap = broker.bootstrap.join()
  const partitions = config['num.partitions']
  return `An in-memory Kafka cluster is up: ${bootstrap}

Talk to it:
  kcat -b ${bootstrap} -L
  kcat -b ${bootstrap} -t greetings -P          (a line is a record; ctrl-D ends)
  kcat -b ${bootstrap} -t greetings -C
  kafka-topics --bootstrap-server ${bootstrap} --list
  kafka-console-producer --bootstrap-server ${bootstrap} --topic greetings
  kafka-console-consumer --bootstrap-server ${bootstrap} --topic greetings --from-beginning

  import { Kafka } from '${name}'

  const kafka = new Kafka({ bootstrap: '${bootstrap}' })
  kafka.producer().send({ topic: 'greetings', value: 'hello' }).subscribe(console.log)

It serves what Kafka 4.4 does of these, by their versions:
${wrapped(served(), 110)}

Topics are created when they are first asked for, with ${partitions} ${partitions === 1 ? 'partition' : 'partitions'} each. All is in memory and ends with it:
each partition keeps its newest ${mebibytes(retentionBytes)} MiB. Ctrl-C stops it.
`
}

// Not written out above, where it would look like what this file imports.
const name = 'kafka-rx'

function served(): string[] {
  return [...handlers.values()]
    .map(({ api, advertisedMin }) => `${api.name} ${advertisedMin ?? api.versions.min}-${api.versions.stable}`)
    .toSorted()
}

function wrapped(words: readonly string[], columns: number): string {
  const lines: string[] = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line === undefined || line.length + word.length + 2 > columns) lines.push(`  ${word}`)
    else lines[lines.length - 1] = `${line}, ${word}`
  }
  return lines.join(',\n')
}

const mebibytes = (bytes: number): number => Math.round(bytes / 1024 / 1024)
