import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Kafka, type Transport, tcp } from 'kafka-rx'
import { firstValueFrom, map } from 'rxjs'
import type { Bench } from '../harness/bench.js'

const seconds = Number(process.env['IDLE_SECONDS'] ?? 10)

/** What partitions cost of which nothing comes: 2,000 against 20, either with 10 that are written 50 times a second. */
export const benches: readonly Bench[] = [
  {
    name: 'idle-partitions, 10 of 2,000',
    unit: 'ms',
    against: '10 of 20',
    async prepare() {
      const child = fork(fileURLToPath(new URL('../idle-partitions-peer.js', import.meta.url)))
      const [{ port }] = (await once(child, 'message')) as [AddressInfo]
      const bootstrap = `127.0.0.1:${port}`
      await costOf(bootstrap, 'narrow')
      const narrow = await costOf(bootstrap, 'narrow')
      const wide = await costOf(bootstrap, 'wide')
      child.disconnect()
      // As flat as 1.5 times.
      const beside = (name: 'cpu' | 'bytes' | 'requests') => ({ ratio: narrow[name] / wide[name], floor: 1 / 1.5 })
      return {
        figures: [
          { name: 'CPU of a second', value: wide.cpu, unit: 'ms', ...beside('cpu') },
          { name: 'sent in a second', value: wide.bytes, unit: 'bytes', ...beside('bytes') },
          { name: 'writes of a second', value: wide.requests, unit: 'writes', ...beside('requests') },
        ],
      }
    },
  },
]

async function costOf(bootstrap: string, topic: string): Promise<{ cpu: number; bytes: number; requests: number }> {
  let [bytes, requests, records] = [0, 0, 0]
  const counted: Transport = endpoint =>
    tcp()(endpoint).pipe(
      map(channel => ({
        ...channel,
        write: (buffers: readonly Uint8Array[]) => {
          requests++
          for (const { length } of buffers) bytes += length
          return channel.write(buffers)
        },
      })),
    )
  const kafka = new Kafka({ bootstrap, transport: counted })
  const reading = kafka
    .consumer({ topics: topic, at: 'latest' }, consumer => consumer)
    .subscribe(() => {
      records++
    })
  await setTimeout(3000)
  ;[bytes, requests, records] = [0, 0, 0]
  const before = process.cpuUsage()
  await setTimeout(seconds * 1000)
  const { user, system } = process.cpuUsage(before)
  const cost = { cpu: (user + system) / 1000 / seconds, bytes: bytes / seconds, requests: requests / seconds }
  if (records === 0) throw new Error(`nothing came of ${topic}`)
  reading.unsubscribe()
  await firstValueFrom(kafka.released)
  return cost
}
