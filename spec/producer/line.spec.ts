import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Line, type Link } from '../../src/producer/line.js'

class Member implements Link<Member> {
  before: Member | undefined
  behind: Member | undefined
}

it('is a queue that members may leave from anywhere', () => {
  // Even: one more; odd: one leaves, from there.
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), steps => {
      const line = new Line<Member>()
      const model: Member[] = []
      for (const step of steps) {
        if (step % 2 === 0) {
          const member = new Member()
          line.push(member)
          model.push(member)
        } else if (model.length > 0) {
          const [member] = model.splice(step % model.length, 1)
          line.remove(member as Member)
        }
        expect(line.length).toBe(model.length)
        expect(line.first).toBe(model[0])
        expect(line.last).toBe(model.at(-1))
        expect([...line].every((member, n) => member === model[n])).toBe(true)
      }
    }),
  )
})
