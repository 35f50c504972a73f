import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Kafka } from 'kafka-rx'
import { firstValueFrom } from 'rxjs'
import type { Peer } from './start-peer.js'

/** What a topic is to hold. */
export interface Written {
  readonly records: number
  readonly partitions: number
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}

/** All benches of one run read the same topics: the first that needs one writes it. */
const prefix = () => `bench-written-${process.env['BENCH_RUN']}-`

/** The name of a topic with so many records of 100 bytes, written in a process of its own, once a run. */
export async function writtenTopic(
  peer: Peer,
  { records, partitions, compression = 'none' }: Written,
): Promise<string> {
  const bootstrap = `${peer.host}:${peer.port}`
  const kafka = new Kafka({ bootstrap })
  const name = `${prefix()}${records}-${partitions}-${compression}`
  const present = await firstValueFrom(kafka.topics())
  if (present.every(topic => topic.name !== name)) {
    await firstValueFrom(kafka.createTopics({ name, partitions }))
    const args = [bootstrap, name, `${records}`, `${partitions}`, compression]
    const [code] = await once(fork(fileURLToPath(new URL('../write-records.js', import.meta.url)), args), 'exit')
    if (code !== 0) throw new Error(`writing ${name} ended with ${code}`)
  }
  await firstValueFrom(kafka.released)
  return name
}

/** Removes what this run has written. */
export async function removeWritten({ host, port }: Peer): Promise<void> {
  const kafka = new Kafka({ bootstrap: `${host}:${port}` })
  const present = await firstValueFrom(kafka.topics())
  const written = present.map(({ name }) => name).filter(name => name.startsWith(prefix()))
  if (written.length > 0) await firstValueFrom(kafka.deleteTopics(written))
  await firstValueFrom(kafka.released)
}
