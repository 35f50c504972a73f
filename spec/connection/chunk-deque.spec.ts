import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChunkDeque } from '../../src/connection/chunk-deque.js'

type Command = { readonly do: 'push' | 'unshift'; readonly bytes: Uint8Array } | { readonly do: 'shift' | 'clear' }

const bytes = fc.uint8Array({ maxLength: 9 })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('push', 'unshift'), bytes }) },
  { weight: 3, arbitrary: fc.constant({ do: 'shift' as const }) },
  fc.constant({ do: 'clear' as const }),
)

describe('ChunkDeque', () => {
  it('has the bytes of both ends in order, and counts them', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), commands => {
        const deque = new ChunkDeque()
        let model = Buffer.alloc(0)
        for (const command of commands) {
          if (command.do === 'push') {
            deque.push(Buffer.from(command.bytes))
            model = Buffer.concat([model, command.bytes])
          } else if (command.do === 'unshift') {
            deque.unshift(Buffer.from(command.bytes))
            model = Buffer.concat([command.bytes, model])
          } else if (command.do === 'clear') {
            deque.clear()
            model = Buffer.alloc(0)
          } else {
            const first = deque.shift()
            expect(first === undefined).toBe(model.length === 0)
            expect(first?.length).not.toBe(0)
            expect(model.subarray(0, first?.length ?? 0)).toEqual(first ?? Buffer.alloc(0))
            model = model.subarray(first?.length ?? 0)
          }
          expect(deque.bytes).toBe(model.length)
        }
      }),
    )
  })

  it('joins neighbours in memory at both ends, without a copy', () => {
    const memory = Buffer.from('abcdef')
    const deque = new ChunkDeque()
    deque.push(memory.subarray(0, 2))
    deque.push(memory.subarray(2, 3))
    expect(deque.shift()).toMatchObject({ buffer: memory.buffer, byteOffset: memory.byteOffset, length: 3 })
    deque.unshift(memory.subarray(4, 6))
    deque.unshift(memory.subarray(3, 4))
    expect(deque.shift()).toMatchObject({ buffer: memory.buffer, byteOffset: memory.byteOffset + 3, length: 3 })
    expect(deque.shift()).toBeUndefined()
  })

  it('shifts 1,000,000 chunks in little time', () => {
    const deque = new ChunkDeque()
    const chunk = Buffer.from('a')
    for (let n = 0; n < 1_000_000; n++) deque.push(chunk)
    let count = 0
    while (deque.shift() !== undefined) count++
    expect(count).toBe(1_000_000)
  })
})
