import { brokerClassPath } from './harness/class-path.js'
import { runJava } from './harness/run-java.js'

/** A record as Java's consumer has it. */
export interface JavaRecord {
  readonly partition: number
  readonly offset: bigint
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly { readonly key: string; readonly value: Buffer | null }[]
}

/** All records that a topic has, partition by partition, as Java's consumer reads them: what ours must read and write. */
export async function javaReads(
  bootstrap: readonly string[],
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted' = 'read_committed',
): Promise<JavaRecord[]> {
  const { stdout } = await runJava('spec/kafka/ReadRecords.java', [bootstrap.join(), topic, isolation], {
    classPath: await brokerClassPath(),
  })
  return linesOf(stdout)
    .map(readRecord)
    .toSorted((one, other) => one.partition - other.partition || Number(one.offset - other.offset))
}

/** Writes records by Java's producer, which chooses their partitions; says where each went. */
export async function javaWrites(
  bootstrap: readonly string[],
  topic: string,
  records: readonly { readonly key: Uint8Array | null; readonly value: Uint8Array | null }[],
): Promise<{ readonly partition: number; readonly offset: bigint }[]> {
  const { stdout } = await runJava('spec/kafka/WriteRecords.java', [bootstrap.join(), topic], {
    classPath: await brokerClassPath(),
    input: records.map(({ key, value }) => `${textOf(key)} ${textOf(value)}\n`).join(''),
  })
  return linesOf(stdout).map(line => {
    const [partition, offset = ''] = line.split(' ')
    return { partition: Number(partition), offset: BigInt(offset) }
  })
}

function readRecord(line: string): JavaRecord {
  const [partition, offset = '', timestamp = '', key, value, ...rest] = line.split(' ')
  const headers = Array.from({ length: rest.length / 2 }, (_, index) => ({
    key: String(bytesOf(rest[2 * index])),
    value: bytesOf(rest[2 * index + 1]),
  }))
  const place = { partition: Number(partition), offset: BigInt(offset), timestamp: BigInt(timestamp) }
  return { ...place, key: bytesOf(key), value: bytesOf(value), headers }
}

const linesOf = (text: string): string[] => text.split('\n').filter(line => line !== '')
const textOf = (bytes: Uint8Array | null): string => (bytes === null ? '-' : Buffer.from(bytes).toString('base64'))
const bytesOf = (text = '-'): Buffer | null => (text === '-' ? null : Buffer.from(text, 'base64'))
