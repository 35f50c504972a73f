import { murmur2 } from 'kafka-rx/protocol'
import type { Bench } from '../harness/bench.js'
import { inProcess } from '../harness/in-process.js'

const sizes = [
  { label: '10 B', size: 10 },
  { label: '100 B', size: 100 },
  { label: '1 KiB', size: 1 << 10 },
]

/** Against the same in bigints cut to 32 bits, as a port of Java's 64-bit-safe arithmetic does it. */
export const benches: readonly Bench[] = sizes.map(
  ({ label, size }): Bench => ({
    name: `murmur2 ${label}`,
    unit: 'keys/s',
    against: 'bigints',
    floor: 10,
    prepare() {
      const key = Buffer.from(Array.from({ length: size }, (_, i) => (i * 31 + 7) & 0xff))
      if (murmur2(key) !== murmur2ByBigInt(key)) throw new Error('not the same hash')
      return inProcess({ subject: () => murmur2(key), reference: () => murmur2ByBigInt(key) })
    },
  }),
)

function murmur2ByBigInt(bytes: Buffer): number {
  const cut = (value: bigint) => BigInt.asUintN(32, value)
  let hash = 0x9747b28cn ^ BigInt(bytes.length)
  let at = 0
  for (; at + 4 <= bytes.length; at += 4) {
    let word = cut(BigInt(bytes.readUInt32LE(at)) * m)
    word = cut((word ^ (word >> 24n)) * m)
    hash = cut(hash * m) ^ word
  }
  const rest = bytes.length - at
  if (rest > 0) hash = cut((hash ^ BigInt(bytes.readUIntLE(at, rest))) * m)
  hash = cut((hash ^ (hash >> 13n)) * m)
  return Number(BigInt.asIntN(32, hash ^ (hash >> 15n)))
}

const m = 0x5bd1e995n
