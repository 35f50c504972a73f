/**
 * The 32-bit hash by which Java's default partitioner places a keyed record, as the signed number that Java returns.
 *
 * With {@link toPositive} and the number of partitions it says where Java's producer, Kafka Streams and Connect put the
 * same key: `toPositive(murmur2(key)) % partitions`.
 *
 * @example
 * import { murmur2 } from 'kafka-rx/protocol'
 *
 * murmur2(Buffer.from('a-little-bit-long-string')) // -985981536
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  const words = length & ~3
  let hash = 0x9747b28c ^ length
  let at = 0
  while (at < words) {
    // In bounds by the loop's condition, which TypeScript cannot see: here and below.
    let word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)
    at += 4
    word = Math.imul(word, 0x5bd1e995)
    word = Math.imul(word ^ (word >>> 24), 0x5bd1e995)
    hash = Math.imul(hash, 0x5bd1e995) ^ word
  }
  const rest = length & 3
  if (rest > 0) {
    if (rest > 2) hash ^= (bytes[at + 2] as number) << 16
    if (rest > 1) hash ^= (bytes[at + 1] as number) << 8
    hash = Math.imul(hash ^ (bytes[at] as number), 0x5bd1e995)
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995)
  return hash ^ (hash >>> 15)
}

/**
 * Clears the sign bit, as Kafka does before it takes a hash modulo the number of partitions (not the absolute value).
 *
 * @example
 * import { toPositive } from 'kafka-rx/protocol'
 *
 * toPositive(-1) // 2147483647
 */
export function toPositive(hash: number): number {
  return hash & 0x7fffffff
}
