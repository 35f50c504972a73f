/** A source of numbers from 0 to below 1, the same ones for the same seed: a run that fails can be run again. */
export function chance(seed: number): () => number {
  let state = seed | 0
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/** 16 bytes of chance. */
export function randomBytes(random: () => number): Buffer {
  return Buffer.from(Array.from({ length: 16 }, () => Math.floor(random() * 256)))
}

/** 16 bytes of chance as Kafka prints ids of topics: base64url, never beginning with a dash. */
export function randomUuid(random: () => number): string {
  return randomBytes(random).toString('base64url').replace(/^-/, 'A')
}

/** The same in the form that member ids end with: `f81d4fae-7dec-41d0-a765-00a0c91e6bf6`. */
export function randomHexUuid(random: () => number): string {
  const hex = randomBytes(random).toString('hex')
  return hex.replace(/(.{8})(.{4}).(.{3}).(.{3})(.{12})/, '$1-$2-4$3-a$4-$5')
}
