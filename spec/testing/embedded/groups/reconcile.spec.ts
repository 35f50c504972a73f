import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newHolding } from '../../../../src/testing/embedded/groups/consumer-member.js'
import { type Holding, reconcile } from '../../../../src/testing/embedded/groups/reconcile.js'

const set = (letters: string) => new Set(letters)
const letters = (partitions: ReadonlySet<string>) => [...partitions].toSorted().join('')

/** `state epoch assigned -revoking`, as the table has it. */
const shown = ({ state, epoch, assigned, revoking }: Holding) =>
  `${state} ${epoch} ${letters(assigned)}${revoking.size === 0 ? '' : ` -${letters(revoking)}`}`

const holding = (text: string): Holding => {
  const [state = '', epoch = '', assigned = '', revoking = ''] = text.split(' ')
  const sets = { assigned: set(assigned), revoking: set(revoking.replace('-', '')) }
  return { state: state as Holding['state'], epoch: Number(epoch), previousEpoch: Number(epoch) - 1, ...sets }
}

it.each<
  readonly [what: string, before: string, target: string, owned: string | undefined, taken: string, after: string]
>([
  ['is there: nothing changes', 'stable 5 ab', 'ab', undefined, '', 'stable 5 ab'],
  ['gets what is free', 'stable 4 a', 'ab', 'a', '', 'stable 5 ab'],
  ['waits for what another has', 'stable 4 a', 'ab', 'a', 'b', 'unreleased 5 a'],
  ['gets some and waits for the rest', 'stable 4 a', 'abc', 'a', 'c', 'unreleased 5 ab'],
  ['goes on waiting', 'unreleased 5 a', 'ab', 'a', 'b', 'unreleased 5 a'],
  ['gets what has become free', 'unreleased 5 a', 'ab', 'a', '', 'stable 5 ab'],
  ['has to give up what it owns', 'stable 4 ab', 'a', 'ab', '', 'unrevoked 4 a -b'],
  ['has to give it up when it does not say', 'stable 4 ab', 'a', undefined, '', 'unrevoked 4 a -b'],
  ['does not own what it would have to give up', 'stable 4 ab', 'a', 'a', '', 'stable 5 a'],
  ['has not given it up', 'unrevoked 4 a -b', 'a', 'ab', '', 'unrevoked 4 a -b'],
  ['has given it up', 'unrevoked 4 a -b', 'a', 'a', '', 'stable 5 a'],
  ['has given it up and gets others', 'unrevoked 4 a -b', 'ac', 'a', '', 'stable 5 ac'],
  ['has given it up and waits for others', 'unrevoked 4 a -b', 'ac', 'a', 'c', 'unreleased 5 a'],
])('a member that %s', (_what, before, target, owned, taken, after) => {
  const aim = { epoch: 5, target: set(target), owned: owned === undefined ? undefined : set(owned) }
  const isTaken = (partition: string) => taken.includes(partition)
  expect(shown(reconcile(holding(before), { ...aim, isTaken }))).toBe(after)
})

it('brings any members from any target to the next, and no partition is ever two’s', () => {
  const partitions = [...'abcdefgh']
  const owner = fc.integer({ min: 0, max: 2 })
  const targets = fc.array(fc.array(owner, { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 4 })
  const order = fc.array(owner, { maxLength: 12 })
  fc.assert(
    fc.property(targets, order, (epochs, turns) => {
      const members: Holding[] = [newHolding, newHolding, newHolding]
      const owned = [set(''), set(''), set('')]
      const targetOf = (epoch: number, member: number) =>
        new Set(partitions.filter((_, index) => epochs[epoch - 1]?.[index] === member))
      const beat = (epoch: number, index: number): void => {
        const isTaken = (partition: string) =>
          members.some((other, at) => at !== index && (other.assigned.has(partition) || other.revoking.has(partition)))
        const before = members[index] as Holding
        const aim = { epoch, target: targetOf(epoch, index), owned: owned[index], isTaken }
        members[index] = reconcile(before, aim)
        owned[index] = new Set(members[index].assigned)
        const all = members.flatMap(({ assigned, revoking }) => [...assigned, ...revoking])
        expect(new Set(all).size).toBe(all.length)
      }
      for (let epoch = 1; epoch <= epochs.length; epoch++) for (const index of turns) beat(epoch, index)
      for (let round = 0; round < 5; round++) for (const index of [0, 1, 2]) beat(epochs.length, index)
      const expected = [0, 1, 2].map(index => `stable ${epochs.length} ${letters(targetOf(epochs.length, index))}`)
      expect(members.map(shown)).toEqual(expected)
    }),
  )
})
