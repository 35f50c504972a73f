import type { RandomBytes } from '../broker/random-bytes.js'

/** A random uuid as Kafka prints them, never beginning with a dash: the id that a member gives itself (KIP-1082). */
export function newMemberId(random: RandomBytes): string {
  const bytes = Buffer.from(random(16))
  const at = (index: number) => bytes[index] ?? 0
  bytes[0] = at(0) & 0x7f
  bytes[6] = (at(6) & 0x0f) | 0x40
  bytes[8] = (at(8) & 0x3f) | 0x80
  return bytes.toString('base64url')
}
