import { describe, expect, it } from 'vitest'
import { Movements } from '../../../src/group/assignors/movements.js'

/** One object a partition, as the assignor has them. */
const partitions = (topic: string) => Array.from({ length: 14 }, (_, partition) => ({ topic, partition }))

/** What Java's iterator gives first: looked up in a `HashSet` of its `TopicPartition`s. */
describe('what has moved while partitions are balanced', () => {
  it('moves back what came the other way, instead of another partition of the topic', () => {
    const [x0, x1, x2] = partitions('x') as [Partition, Partition, Partition]
    const movements = new Movements()
    movements.add(x0, 'A', 'B')
    expect(movements.insteadOf(x1, 'B', 'A')).toBe(x0)
    expect(movements.insteadOf(x1, 'A', 'B')).toBe(x1)
    expect(movements.insteadOf({ topic: 'y', partition: 2 }, 'B', 'A')).toEqual({ topic: 'y', partition: 2 })
    movements.add(x0, 'B', 'A')
    expect(movements.insteadOf(x2, 'B', 'A')).toBe(x2)
  })

  it('goes by where a partition was at first, when it has moved twice', () => {
    const [x0, x1, x2] = partitions('x') as [Partition, Partition, Partition]
    const movements = new Movements()
    movements.add(x0, 'A', 'B')
    movements.add(x0, 'B', 'C')
    expect(movements.insteadOf(x1, 'B', 'A')).toBe(x1)
    expect(movements.insteadOf(x1, 'C', 'A')).toBe(x0)
    movements.add(x2, 'D', 'A')
    expect(movements.insteadOf(x0, 'C', 'D')).toBe(x2)
  })

  it('takes of several the one that comes first in a Java HashSet', () => {
    const all = partitions('orders-g')
    const movements = new Movements()
    for (const partition of all.slice(0, 3)) movements.add(partition, 'A', 'B')
    expect(movements.insteadOf(all[13] as Partition, 'B', 'A')).toBe(all[0])
  })

  it('remembers how many there have been, as a Java HashSet does', () => {
    const all = partitions('orders-g')
    const movements = new Movements()
    for (const partition of all.slice(0, 13)) movements.add(partition, 'A', 'B')
    for (const partition of all.slice(3, 13)) movements.add(partition, 'B', 'A')
    expect(movements.insteadOf(all[13] as Partition, 'B', 'A')).toBe(all[2])
  })
})

interface Partition {
  readonly topic: string
  readonly partition: number
}
