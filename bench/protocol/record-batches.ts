import { RecordBatchWriter, recordBatches } from 'kafka-rx/protocol'
import {
  kafkajsBatches,
  type PlainMessage,
  platformaticBatches,
  type RivalBatches,
  touched,
} from '../by-hand/rival-batches.js'
import type { Bench, LeftOut, Round } from '../harness/bench.js'

/**
 * Records of 100 bytes: 1 MiB of them as fetched, in batches of 16 KiB, and batches of 1,000, against the two clients
 * that are written in JavaScript. Neither of those checks a checksum when it reads; this does unless it says otherwise.
 */
const rivals = [
  { rival: 'kafkajs', load: kafkajsBatches, codecs: ['gzip'] },
  { rival: '@platformatic/kafka', load: platformaticBatches, codecs: ['gzip', 'snappy', 'lz4', 'zstd'] },
] as const

const isOldNode = Number(process.versions.node.split('.')[0]) < 22
const decodeFloor = isOldNode ? 2 : 3

export const benches: readonly Bench[] = rivals.flatMap(({ rival, load, codecs }): Bench[] => [
  decoding(`record-batches decode 1 MiB against ${rival}`, load, fetched, decodeFloor),
  decoding(`record-batches decode 1 MiB unchecked against ${rival}`, load, fetched, undefined, false),
  encoding(`record-batches encode 1,000 against ${rival}`, load, 'none', 2),
  ...codecs.flatMap(codec => [
    // The same zlib does most of either side's work there.
    encoding(`record-batches encode 1,000 ${codec} against ${rival}`, load, codec, codec === 'gzip' ? 0.95 : 1),
    decoding(`record-batches decode 1,000 ${codec} against ${rival}`, load, () => batchOf(1000, codec), 1),
  ]),
])

type Load = () => Promise<RivalBatches | LeftOut>
type Codec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

function decoding(name: string, load: Load, bytesOf: () => Buffer, floor?: number, checkCrc = true): Bench {
  return {
    name,
    unit: 'records/s',
    ...(floor !== undefined && { floor }),
    async prepare() {
      const theirs = await load()
      if ('leftOut' in theirs) return theirs
      if (isOldNode && name.includes('zstd')) return { leftOut: 'this node has no zstd of its own' }
      const bytes = bytesOf()
      const expected = count(bytes, checkCrc)
      return {
        subject: round(() => count(bytes, checkCrc), expected),
        reference: round(() => theirs.decode(bytes), expected),
      }
    },
  }
}

function encoding(name: string, load: Load, codec: Codec, floor: number): Bench {
  return {
    name,
    unit: 'records/s',
    floor,
    async prepare() {
      const theirs = await load()
      if ('leftOut' in theirs) return theirs
      if (isOldNode && codec === 'zstd') return { leftOut: 'this node has no zstd of its own' }
      const batch = messages(1000)
      return {
        subject: round(() => Math.sign(encode(batch, codec).length) * 1000, 1000),
        reference: round(async () => Math.sign((await theirs.encode(batch, codec)).length) * 1000, 1000),
      }
    },
  }
}

/** Waits only where there is something to wait for, which costs a turn. */
function round(work: () => number | Promise<number>, expected: number): Round {
  const nanoseconds = 100e6
  return async () => {
    const start = process.hrtime.bigint()
    let units = 0
    do {
      const done = work()
      const found = typeof done === 'number' ? done : await done
      if (found !== expected) throw new Error(`${found} records, not ${expected}`)
      units += found
    } while (Number(process.hrtime.bigint() - start) < nanoseconds)
    return units
  }
}

function count(bytes: Buffer, checkCrc: boolean): number {
  let records = 0
  for (const batch of recordBatches(bytes, { checkCrc })) {
    for (const { value } of batch) if (touched(value)) records++
  }
  return records
}

function fetched(): Buffer {
  const batches: Buffer[] = []
  let length = 0
  while (length < 1 << 20) {
    batches.push(batchOf(150, 'none'))
    length += batches.at(-1)?.length ?? 0
  }
  return Buffer.concat(batches)
}

function batchOf(size: number, codec: Codec): Buffer {
  return Buffer.from(encode(messages(size), codec))
}

function encode(batch: readonly PlainMessage[], compression: Codec): Buffer {
  const writer = new RecordBatchWriter({ compression })
  for (const message of batch) writer.append(message)
  return writer.close()
}

function messages(size: number): PlainMessage[] {
  return Array.from({ length: size }, (_, i) => {
    const [id, reading] = [(i * 2654435761) % 1_000_000, Math.sin(i).toFixed(6)]
    const text = `{"device":"sensor-${id}","reading":${reading},"unit":"celsius","sequence":${i},"status":"ok"}`
    return { value: Buffer.from(text.padEnd(100, ' ').slice(0, 100)), timestamp: 1_763_800_000_000n + BigInt(i) }
  })
}
