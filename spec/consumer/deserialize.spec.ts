import { finalize, map, NEVER, type Subscription, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { batches } from '../../src/consumer/batches.js'
import { consume } from '../../src/consumer/consume.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import { records } from '../../src/consumer/records.js'
import { acknowledge, PartitionWorld, place } from './partition-world.js'

type Value = (bytes: Buffer | null, here: PartitionWorld) => unknown

function world(value: Value): PartitionWorld {
  const here: PartitionWorld = new PartitionWorld({
    records: 2,
    portion: 2,
    batch: 1,
    deserializers: { value: bytes => value(bytes, here) },
  })
  return here
}

/** Every reader, telling where the records are that it is handed out. */
const readers: Readonly<Record<string, (here: PartitionWorld, told: string[]) => Subscription>> = {
  records: ({ handout, deserializers }, told) =>
    records(handout, deserializers).subscribe(record => told.push(place(record))),
  batches: ({ handout, deserializers }, told) =>
    batches(handout, deserializers).subscribe(batch => told.push(...[...batch].map(place))),
  consume: (here, told) => consume(here, {}, (record: ConsumerRecord) => [told.push(place(record))]).subscribe(),
}

describe.each(Object.entries(readers))('a deserializer, for %s', (_, read) => {
  it('may pause its partition: the record comes when that is resumed', () => {
    const state = { isFirst: true }
    const here = world((bytes, { handout }) => {
      for (const held of handout.held) if (state.isFirst) here.pause(held)
      state.isFirst = false
      return String(bytes)
    })
    const held = here.hold()
    const told: string[] = []
    read(here, told)
    here.flush()
    expect(told).toEqual([])
    here.resume(held)
    here.flush()
    expect([told, here.failures]).toEqual([['0@0', '0@1'], []])
  })

  it('may seek: what it was called for is not handed out', () => {
    const state = { isFirst: true }
    const here = world((bytes, { handout }) => {
      for (const held of handout.held) if (state.isFirst) here.seek(held, 1n)
      state.isFirst = false
      return String(bytes)
    })
    here.hold()
    const told: string[] = []
    read(here, told)
    here.flush()
    expect([told, here.failures]).toEqual([['0@1'], []])
  })

  it.each(['now', 'later'])('may end the reader: the next one has the record (%s)', when => {
    const told: string[] = []
    const next: string[] = []
    const state: { reading?: Subscription } = {}
    const here = world(bytes => {
      state.reading?.unsubscribe()
      return when === 'now' ? String(bytes) : timer(5, here.scheduler).pipe(map(() => String(bytes)))
    })
    const held = here.hold()
    state.reading = read(here, told)
    records(here.handout, here.deserializers).subscribe(record => {
      next.push(place(record))
      acknowledge(record)
    })
    here.flush()
    expect([told, next]).toEqual([[], ['0@0', '0@1']])
    expect(held.tenure.handled.offset).toBe(2n)
  })

  it('that takes its time is left when its reader leaves, and the next one, who waits, has the record', () => {
    const state = { left: 0 }
    const here = world(bytes => (state.left === 0 ? NEVER.pipe(finalize(() => state.left++)) : String(bytes)))
    here.hold()
    const reading = read(here, [])
    const next: string[] = []
    records(here.handout, here.deserializers).subscribe(record => next.push(place(record)))
    here.flush()
    reading.unsubscribe()
    here.flush()
    expect([state.left, next]).toEqual([1, ['0@0', '0@1']])
  })

  it('that takes its time is left at a seek', () => {
    const state = { left: 0 }
    const here = world(bytes => (state.left === 0 ? NEVER.pipe(finalize(() => state.left++)) : String(bytes)))
    const held = here.hold()
    const told: string[] = []
    read(here, told)
    here.flush()
    here.seek(held, 1n)
    expect(state.left).toBe(1)
    here.flush()
    expect(told).toEqual(['0@1'])
  })
})
