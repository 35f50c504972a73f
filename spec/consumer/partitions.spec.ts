import { mergeMap, Subscription, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { ConsumerPartition } from '../../src/consumer/consumer-partition.js'
import { partitions } from '../../src/consumer/partitions.js'
import { records } from '../../src/consumer/records.js'
import { acknowledge, PartitionWorld, type PartitionWorldOptions, place } from './partition-world.js'

const world = (options: PartitionWorldOptions = {}) => new PartitionWorld({ records: 3, portion: 2, ...options })
const read = ({ handout, deserializers }: PartitionWorld) => partitions(handout, deserializers)

/** What is told of the partitions and, by number, of each. */
function listen(here: PartitionWorld) {
  const told: unknown[] = []
  const each: unknown[][] = []
  read(here).subscribe({
    next: partition => {
      told.push(`${partition.topic}-${partition.partition}`)
      const own: unknown[] = []
      each.push(own)
      partition.subscribe({
        next: record => own.push(place(record)),
        error: error => own.push(error),
        complete: () => own.push('|'),
      })
    },
    error: error => told.push(error),
    complete: () => told.push('|'),
  })
  return { told, each }
}

describe('the partitions of a consumer', () => {
  it('are those held now and later, each once', () => {
    const here = world()
    here.hold()
    here.flush()
    const { told, each } = listen(here)
    expect(told).toEqual(['t-0'])
    here.hold()
    expect(told).toEqual(['t-0'])
    here.flush()
    expect(told).toEqual(['t-0', 't-1'])
    expect(each).toEqual([
      ['0@0', '0@1', '0@2'],
      ['1@0', '1@1', '1@2'],
    ])
    const late = listen(here)
    here.flush()
    expect(late.told).toEqual(['t-0', 't-1'])
  })

  it('complete each when it is about to be given up, and are new when they come again', () => {
    const here = world()
    const held = here.hold()
    here.hold()
    const { told, each } = listen(here)
    here.flush()
    here.halt(held)
    expect(each[0]).toEqual(['0@0', '0@1', '0@2', '|'])
    here.giveUp(held, 'revoked')
    here.hold(0)
    here.flush()
    expect(told).toEqual(['t-0', 't-1', 't-0'])
    expect(each[2]).toEqual(['0@0', '0@1', '0@2'])
    expect(each[1]).not.toContain('|')
  })

  it('complete each when it is lost', () => {
    const here = world()
    const held = here.hold()
    const { each } = listen(here)
    here.flush()
    here.giveUp(held, 'lost')
    expect(each[0]?.at(-1)).toBe('|')
  })

  it('complete at once for who comes when they are given up', () => {
    const here = world()
    const held = here.hold()
    here.flush()
    let partition: ConsumerPartition | undefined
    read(here).subscribe(one => {
      partition = one
    })
    here.halt(held)
    let isComplete = false
    partition?.subscribe({ complete: () => (isComplete = true) })
    expect(isComplete).toBe(true)
    const { told } = listen(here)
    expect(told).toEqual([])
  })

  it('complete and error, and each of them, as the consumer does', () => {
    for (const error of [undefined, new Error('gone')]) {
      const here = world({ records: 0 })
      here.hold()
      const { told, each } = listen(here)
      here.flush()
      if (error === undefined) here.handout.complete()
      else here.handout.fail(error)
      expect(told).toEqual(['t-0', error ?? '|'])
      expect(each).toEqual([[error ?? '|']])
    }
  })

  it('stop inside the `next` that unsubscribes from them', () => {
    const here = world()
    here.hold()
    here.hold()
    here.flush()
    const seen: number[] = []
    read(here)
      .pipe(take(1))
      .subscribe(({ partition }) => seen.push(partition))
    expect(seen).toEqual([0])
  })

  it('share one turn: none waits for another, all for who reads before them', () => {
    const here = world()
    const [first, second] = [here.hold(), here.hold()]
    here.flush()
    const before = records(here.handout, here.deserializers).subscribe(acknowledge)
    here.flush()
    for (const held of [first, second]) here.seek(held, 0n)
    before.unsubscribe()
    const { each } = listen(here)
    here.flush()
    expect(each).toEqual([
      ['0@0', '0@1', '0@2'],
      ['1@0', '1@1', '1@2'],
    ])
    expect(here.told).toEqual([])
    const waiting = new Subscription()
    waiting.add(
      read(here)
        .pipe(mergeMap(partition => partition))
        .subscribe(),
    )
    waiting.add(records(here.handout, here.deserializers).subscribe())
    here.flush()
    // The partitions have the turn; a second reader of the same ones waits, as one of all does.
    expect(here.told).toEqual([
      { type: 'waiting', reader: 'partition' },
      { type: 'waiting', reader: 'partition' },
      { type: 'waiting', reader: 'records' },
    ])
  })

  it('that nobody reads do not hold up the others', () => {
    const here = world({ records: 100 })
    here.hold()
    here.hold()
    const seen: string[] = []
    read(here).subscribe(partition => {
      if (partition.partition === 1) partition.subscribe(record => seen.push(place(record)))
    })
    here.flush()
    expect(seen).toHaveLength(100)
  })
})
