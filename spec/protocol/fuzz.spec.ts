import { ProtocolError } from 'kafka-rx'
import type { Message } from 'kafka-rx/protocol'
import { describe, expect, it } from 'vitest'
import { allMessages, readVectors } from '../vectors/messages.js'

// Millions on demand, and each message cut at every length: KAFKA_RX_FUZZ=5000000 KAFKA_RX_SEED=7 npx vitest run spec/protocol/fuzz.spec.ts
const { KAFKA_RX_FUZZ, KAFKA_RX_SEED } = process.env
const mutations = Number(KAFKA_RX_FUZZ ?? 15_000)
/** Else at every fifth, from another first one in each version, so that the versions make up for one another. */
const stride = KAFKA_RX_FUZZ === undefined ? 5 : 1
const seed = Number(KAFKA_RX_SEED ?? 20260513)

const messages = allMessages()
const inputs = [...readVectors().vectors.values()].flat().map(({ message, version, bytes }) => {
  return { message: messages.get(message) as Message, version, bytes: Buffer.from(bytes, 'base64') }
})

describe('bytes that are not what they claim', () => {
  it('end in a ProtocolError wherever a message is cut', { timeout: 120_000 }, () => {
    for (const [index, { message, version, bytes }] of inputs.entries()) {
      for (let length = index % stride; length < bytes.length; length += stride) {
        const error = attempt(message, version, bytes.subarray(0, length))
        // Not expect(): a million of them would take most of the time.
        if (error === undefined || error.offset > length)
          throw new Error(`${message.name} v${version} cut to ${length}`)
      }
    }
  })

  it('end in a ProtocolError when a message goes on', () => {
    for (const { message, version, bytes } of inputs) {
      const error = attempt(message, version, Buffer.concat([bytes, Buffer.of(0)]))
      expect(error).toMatchObject({ api: message.name, version, path: '', offset: bytes.length })
    }
  })

  it(`give a value or a ProtocolError after any change (KAFKA_RX_SEED=${seed})`, { timeout: 600_000 }, () => {
    const random = randomFrom(seed)
    const before = process.memoryUsage().heapUsed
    let slowest = 0
    let read = 0
    for (let index = 0; index < mutations; index++) {
      const { message, version, bytes } = inputs[random(inputs.length)] as (typeof inputs)[number]
      const mutant = mutate(bytes, random)
      const begin = performance.now()
      if (attempt(message, version, mutant) === undefined) read++
      slowest = Math.max(slowest, performance.now() - begin)
    }
    // Not a measure of speed: a hang or a claimed length believed takes seconds and gigabytes.
    expect(slowest).toBeLessThan(2_000)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(1 << 30)
    expect(read).toBeGreaterThan(0)
    expect(read).toBeLessThan(mutations)
  })
})

/** Decodes, and what was read is encoded again; the ProtocolError if there was one. Any other error is thrown. */
function attempt(message: Message, version: number, bytes: Buffer): ProtocolError | undefined {
  try {
    message.encode(message.decode(bytes, version) as never, version)
    return undefined
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw new Error(`${message.name} v${version} of ${bytes.toString('base64')}`, { cause: error })
  }
}

type Random = (below: number) => number

/** One to four changes of a kind that breaks decoders: bits, extreme bytes, lengths, parts moved, doubled or gone. */
function mutate(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original)
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1)
    const length = random(Math.min(16, bytes.length - at) + 1)
    switch (random(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random(8))
        break
      case 1:
        if (at < bytes.length) bytes[at] = [0x00, 0x01, 0x7f, 0x80, 0xff][random(5)] as number
        break
      case 2:
        if (at + 4 <= bytes.length)
          bytes.writeInt32BE([-1, -2, 0x7fffffff, -0x80000000, 0xffff][random(5)] as number, at)
        break
      case 3:
        if (at + 5 <= bytes.length) Buffer.from('ffffffff0f', 'hex').copy(bytes, at)
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
        break
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
        break
      default:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(length, random(256)), bytes.subarray(at)])
    }
  }
  return bytes
}

/** xorshift32: the same numbers for the same seed, everywhere. */
function randomFrom(start: number): Random {
  let state = start | 0 || 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}
