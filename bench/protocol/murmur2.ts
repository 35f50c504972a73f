import { murmur2 } from 'kafka-rx/protocol'
import type { Bench, LeftOut } from '../harness/bench.js'
import { inProcess } from '../harness/in-process.js'
import { loadRival } from '../harness/load-rival.js'

/** Both reckon in bigints: one outright, one by a Long made of them. */
const rivals = [
  { rival: 'kafkajs', load: kafkajs },
  { rival: '@platformatic/kafka', load: platformatic },
]

const sizes = [
  { label: '10 B', size: 10 },
  { label: '100 B', size: 100 },
  { label: '1 KiB', size: 1 << 10 },
]

export const benches: readonly Bench[] = rivals.flatMap(({ rival, load }) =>
  sizes.map(
    ({ label, size }): Bench => ({
      name: `murmur2 ${label} against ${rival}`,
      unit: 'keys/s',
      floor: 10,
      async prepare() {
        const theirs = await load()
        if ('leftOut' in theirs) return theirs
        const key = Buffer.from(Array.from({ length: size }, (_, i) => (i * 31 + 7) & 0xff))
        if (murmur2(key) !== theirs.murmur2(key)) throw new Error('not the same hash')
        return inProcess({ subject: () => murmur2(key), reference: () => theirs.murmur2(key) })
      },
    }),
  ),
)

interface Hash {
  murmur2(key: Buffer): number
}

async function kafkajs(): Promise<Hash | LeftOut> {
  const path = 'kafkajs/src/producer/partitioners/default/murmur2.js'
  const theirs = await loadRival<{ default: (key: Buffer) => number }>(path)
  return 'leftOut' in theirs ? theirs : { murmur2: theirs.default }
}

function platformatic(): Promise<Hash | LeftOut> {
  return loadRival<Hash>('@platformatic/kafka')
}
