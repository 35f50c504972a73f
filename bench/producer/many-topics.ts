import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Kafka } from 'kafka-rx'
import { firstValueFrom } from 'rxjs'
import type { Bench } from '../harness/bench.js'

/** `IDLE_SECONDS=60` is the real thing. */
const seconds = Number(process.env['IDLE_SECONDS'] ?? 10)
const value = Buffer.alloc(100, 'kafka-rx ')

/** What much metadata costs, against an embedded broker in a process of its own. */
export const benches: readonly Bench[] = [
  {
    name: 'many-topics',
    unit: 'ms',
    async prepare() {
      const child = fork(fileURLToPath(new URL('../many-topics-peer.js', import.meta.url)))
      const [{ port }] = (await once(child, 'message')) as [AddressInfo]
      const bootstrap = [`127.0.0.1:${port}`]
      const began = performance.now()
      const wide = new Kafka({ bootstrap })
      await firstValueFrom(wide.producer().send({ topic: 'wide', value }))
      const firstSend = performance.now() - began
      const kafka = new Kafka({ bootstrap })
      const producer = kafka.producer()
      const records = Array.from({ length: 1000 }, (_, index) => ({ topic: `topic-${index}`, value }))
      const all = performance.now()
      await firstValueFrom(producer.send(records))
      const sendToAll = performance.now() - all
      await setTimeout(1000)
      const before = process.cpuUsage()
      await setTimeout(seconds * 1000)
      const { user, system } = process.cpuUsage(before)
      const idle = (user + system) / 1000
      child.disconnect()
      return {
        figures: [
          { name: 'first send, 10,000 partitions', value: firstSend, unit: 'ms' },
          { name: 'a send to each of 1,000', value: sendToAll, unit: 'ms' },
          // What a timer or two a second may take; a look at each topic each second would be more.
          { name: `idle ${seconds} s`, value: idle, unit: 'ms CPU', ratio: (seconds * 10) / idle, floor: 1 },
        ],
      }
    },
  },
]
