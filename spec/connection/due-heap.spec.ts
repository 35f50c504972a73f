import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Due, DueHeap } from '../../src/connection/due-heap.js'

/** Pushes a number, takes out the earliest, or one of those that are there. */
const step = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant('shift' as const), fc.record({ remove: fc.nat() }))

it('gives what is due first, whatever came in which order and went out of turn', () => {
  fc.assert(
    fc.property(fc.array(step), steps => {
      const heap = new DueHeap<Due>()
      const model: Due[] = []
      for (const step of steps) {
        if (step === 'shift') expect(heap.shift()?.due).toBe(model.shift()?.due)
        else if (typeof step === 'object') {
          const [gone] = model.splice(step.remove % (model.length + 1), 1)
          if (gone === undefined) continue
          heap.remove(gone)
          heap.remove(gone)
          expect(gone.place).toBe(-1)
        } else {
          const item = { due: step, place: -1 }
          heap.push(item)
          model.push(item)
          model.sort((a, b) => a.due - b.due)
        }
        // Of those that are due together any may be first.
        const { first } = heap
        if (first !== undefined && first !== model[0]) {
          model.splice(model.indexOf(first), 1)
          model.unshift(first)
        }
        expect([heap.size, first]).toEqual([model.length, model[0]])
      }
    }),
  )
})

it('looks at few for each, however many there are', () => {
  const heap = new DueHeap<Due>()
  const many = 2 ** 14
  let looks = 0
  const item = (due: number) => ({
    place: -1,
    get due() {
      looks++
      return due
    },
  })
  for (let n = 0; n < many; n++) heap.push(item((n * 7919) % many))
  for (let n = 0; n < many; n++) heap.shift()
  expect(looks).toBeLessThan(many * 14 * 4)
})
