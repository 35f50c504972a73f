import { expect, it } from 'vitest'

import { ProtocolError } from '../../../src/errors.js'
import { recordBatches } from '../../../src/protocol/records/index.js'
import { readVectors } from './vectors.js'

// Millions on demand: KAFKA_RX_FUZZ=1000000 KAFKA_RX_SEED=7 npx vitest run spec/protocol/records/fuzz.spec.ts
const { KAFKA_RX_FUZZ, KAFKA_RX_SEED } = process.env
const mutations = Number(KAFKA_RX_FUZZ ?? 8_000)
const firstSeed = Number(KAFKA_RX_SEED ?? 1)
const maxDecompressedBytes = 1 << 20

const vectors = readVectors().filter(({ bytes }) => bytes.length > 0 && bytes.length < 60_000)

/** Reads all that there is to read: a value or a ProtocolError, and nothing else. */
function readAll(bytes: Buffer, checkCrc: boolean): string {
  try {
    for (const batch of recordBatches(bytes, { checkCrc, maxDecompressedBytes })) {
      for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(batch))) Reflect.get(batch, name)
      for (const { offset, timestamp, key, value, headers } of batch) void [offset, timestamp, key, value, headers]
    }
    return 'value'
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return 'error'
  }
}

it('reads batches cut at every length, or says what is wrong', () => {
  for (const { name, bytes } of vectors.filter(vector => vector.bytes.length < 1500)) {
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length)
      if (readAll(cut, true) !== 'value') expect.fail(`${name} cut at ${length} is an error`)
      // The same with a length that says that it is whole.
      if (length >= 26) {
        const whole = Buffer.from(cut)
        whole.writeInt32BE(length - 12, 8)
        readAll(whole, false)
      }
    }
  }
}, 120_000)

it(`reads ${mutations} mutated batches, or says what is wrong, in bounded time`, () => {
  const outcomes = { value: 0, error: 0 }
  for (let seed = firstSeed; seed < firstSeed + mutations; seed++) {
    const mutated = mutate(seed)
    try {
      outcomes[readAll(mutated, false) as 'value' | 'error']++
    } catch (cause) {
      throw new Error(`KAFKA_RX_SEED=${seed} KAFKA_RX_FUZZ=1 repeats it`, { cause })
    }
  }
  expect(outcomes.value + outcomes.error).toBe(mutations)
  // Both kinds come up, or the mutations would be too weak or too strong to show anything.
  if (mutations >= 1000) expect(Math.min(outcomes.value, outcomes.error)).toBeGreaterThan(mutations / 50)
}, 3_600_000)

/** One of the vectors with a few bytes changed, inserted or removed; its length put right half of the time. */
function mutate(seed: number): Buffer {
  const random = generator(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const { bytes } = vectors[below(vectors.length)] as (typeof vectors)[number]
  let mutated = Buffer.from(bytes)
  for (let edits = 1 + below(4); edits > 0; edits--) {
    // Where lengths and flags are, more often than elsewhere.
    const at = below(random() < 0.5 ? Math.min(mutated.length, 120) : mutated.length)
    const kind = below(6)
    if (kind === 0) mutated[at] = below(256)
    else if (kind === 1) mutated[at] = (mutated[at] as number) ^ (1 << below(8))
    else if (kind === 2) mutated[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)] as number
    else if (kind === 3) mutated.fill(0xff, at, Math.min(at + 1 + below(8), mutated.length))
    else if (kind === 4) mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + 1 + below(4))])
    else
      mutated = Buffer.concat([mutated.subarray(0, at), Buffer.alloc(1 + below(4), below(256)), mutated.subarray(at)])
    if (mutated.length < 30) return mutated
  }
  if (random() < 0.5) mutated.writeInt32BE(mutated.length - 12, 8)
  return mutated
}

/** mulberry32. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
