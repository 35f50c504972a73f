import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DueHeap } from '../../src/connection/due-heap.js'

/** Pushes a number, or takes out the earliest. */
const steps = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('shift' as const)))

it('gives what is due first, whatever came in which order', () => {
  fc.assert(
    fc.property(steps, steps => {
      const heap = new DueHeap<{ readonly due: number }>()
      const model: number[] = []
      for (const step of steps) {
        if (step === 'shift') expect(heap.shift()?.due).toBe(model.shift())
        else {
          heap.push({ due: step })
          model.push(step)
          model.sort((a, b) => a - b)
        }
        expect([heap.size, heap.first?.due]).toEqual([model.length, model[0]])
      }
    }),
  )
})

it('looks at few for each, however many there are', () => {
  const heap = new DueHeap<{ readonly due: number }>()
  const many = 2 ** 14
  let looks = 0
  const item = (due: number) => ({
    get due() {
      looks++
      return due
    },
  })
  for (let n = 0; n < many; n++) heap.push(item((n * 7919) % many))
  for (let n = 0; n < many; n++) heap.shift()
  expect(looks).toBeLessThan(many * 14 * 4)
})
