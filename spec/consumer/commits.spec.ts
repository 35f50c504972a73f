import fc from 'fast-check'
import { Observable, type Subscriber, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.js'
import type { KafkaEvent } from '../../src/cluster/kafka-event.js'
import { Budget } from '../../src/consumer/budget.js'
import { Commits } from '../../src/consumer/commits.js'
import { Held } from '../../src/consumer/held.js'
import { readFetched } from '../../src/consumer/read-fetched.js'
import { ConnectionError } from '../../src/errors.js'
import type { MemberIdentity } from '../../src/group/membership.js'
import { errors, type OffsetCommitResponse, RecordBatchWriter } from '../../src/protocol/index.js'

interface Sent {
  readonly body: () => {
    readonly generationIdOrMemberEpoch: number
    readonly topics: readonly {
      readonly name: string
      readonly partitions: readonly { readonly partitionIndex: number; readonly committedOffset: bigint }[]
    }[]
  }
  readonly subscriber: Subscriber<OffsetCommitResponse>
}

/** Commits over a coordinator whose answers the test gives. */
class World {
  readonly scheduler = new VirtualTimeScheduler()
  readonly events: KafkaEvent[] = []
  readonly refused: number[] = []
  readonly sent: Sent[] = []
  readonly helds = new Set<Held>()
  generation = 1
  isMember = true
  readonly commits: Commits

  constructor(policy = { interval: 5000, records: Number.POSITIVE_INFINITY }) {
    const cluster = {
      scheduler: this.scheduler,
      settings: { requestTimeout: 30_000, turns: this.scheduler },
      events: { tell: (event: KafkaEvent) => this.events.push(event) },
      metadata: { topic: () => ({ id: 'id' }), stale: () => undefined },
      backoff: () => 100,
      request: (_: unknown, { body }: { readonly body: Sent['body'] }) =>
        new Observable<OffsetCommitResponse>(subscriber => {
          const sent = { body, subscriber }
          this.sent.push(sent)
          subscriber.add(() => this.sent.splice(this.sent.indexOf(sent), 1))
        }),
    } as unknown as Cluster
    this.commits = new Commits({
      cluster,
      group: 'g',
      policy,
      helds: () => this.helds,
      identity: () => (this.isMember ? this.identity : undefined),
      refused: code => this.refused.push(code),
    })
  }

  get identity(): MemberIdentity {
    return { group: 'g', memberId: 'm', generation: this.generation, instanceId: null, protocol: 'classic' }
  }

  /** A partition with ten records in work. */
  hold(partition = 0): Held {
    const budget = new Budget(1e9, () => undefined)
    const held = new Held({ partition: { topic: 'a', partition }, budget, isAcknowledged: true })
    held.shut({ assigning: false, starting: false })
    begin(held, 0n)
    held.covered = 0n
    this.helds.add(held)
    return held
  }

  run(ms = 0): void {
    // Virtual time goes only where something is due.
    this.scheduler.schedule(() => undefined, ms)
    this.scheduler.maxFrames = this.scheduler.frame + ms
    this.scheduler.flush()
  }

  /** What the request under way says now, as it would when it is sent. */
  said(): Readonly<Record<string, bigint>> {
    const { topics } = (this.sent[0] as Sent).body()
    return Object.fromEntries(
      topics.flatMap(({ partitions }) => partitions.map(one => [String(one.partitionIndex), one.committedOffset])),
    )
  }

  answer(code = 0, said = this.said()): void {
    const partitions = Object.keys(said).map(partition => ({ partitionIndex: Number(partition), errorCode: code }))
    const { subscriber } = this.sent[0] as Sent
    subscriber.next({ throttleTimeMs: 0, topics: [{ name: 'a', topicId: 'id', partitions }] })
    subscriber.complete()
  }
}

/** Its tenure begins there, with ten records, all handed out. */
function begin(held: Held, offset: bigint): void {
  const { tenure } = held
  tenure.startAt(offset, 1)
  const writer = new RecordBatchWriter({ baseOffset: offset, partitionLeaderEpoch: 1 })
  for (let n = 0; n < 10; n++) writer.append({ timestamp: 0, value: Buffer.from('x') })
  const fetched = { records: writer.close(), abortedTransactions: null, highWatermark: 1000n, startOffset: offset }
  const portion = readFetched(tenure, fetched)
  if (portion !== undefined) tenure.put(portion)
  held.shut({ starting: false, assigning: false })
}

function handle(held: Held, count: number): void {
  for (let n = 0; n < count; n++) {
    const record = held.tenure.take()
    record?.origin.acknowledge(record.index, record.offsetDelta)
  }
}

describe('commits', () => {
  it('go by the interval, of the latest', () => {
    const world = new World()
    const held = world.hold()
    handle(held, 2)
    world.commits.touched(2)
    world.run(4999)
    expect(world.sent).toEqual([])
    handle(held, 1)
    world.run(1)
    expect(world.said()).toEqual({ 0: 3n })
    world.answer()
    expect(held.committed).toBe(3n)
    world.run(100_000)
    expect(world.sent).toEqual([])
  })

  it('go after so many records', () => {
    const world = new World({ interval: Number.POSITIVE_INFINITY, records: 3 })
    const held = world.hold()
    handle(held, 2)
    world.commits.touched(2)
    world.run(10_000)
    expect(world.sent).toEqual([])
    handle(held, 1)
    world.commits.touched(1)
    world.run()
    expect(world.said()).toEqual({ 0: 3n })
  })

  it('go one at a time, and the next says what was handled meanwhile', () => {
    const world = new World({ interval: 1000, records: 1 })
    const held = world.hold()
    handle(held, 1)
    world.commits.touched(1)
    world.run()
    expect(world.said()).toEqual({ 0: 1n })
    handle(held, 4)
    world.commits.touched(4)
    let isDone = false
    world.commits.now().subscribe({ complete: () => (isDone = true) })
    world.run()
    expect(world.sent.length).toBe(1)
    world.answer(0, { 0: 1n })
    world.run()
    expect(world.sent.length).toBe(1)
    expect(isDone).toBe(false)
    expect(world.said()).toEqual({ 0: 5n })
    world.answer()
    world.run()
    expect(isDone).toBe(true)
  })

  it.each(['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS', 'STALE_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID'] as const)(
    'refused with %s go again under the next generation',
    name => {
      const world = new World()
      const held = world.hold()
      handle(held, 3)
      let isDone = false
      world.commits.now().subscribe({ complete: () => (isDone = true) })
      world.run()
      world.answer(errors[name].code)
      expect(world.refused).toEqual([errors[name].code])
      world.isMember = false
      world.run(10_000)
      expect(world.sent).toEqual([])
      world.isMember = true
      world.generation = 2
      world.run(1000)
      expect((world.sent[0] as Sent).body().generationIdOrMemberEpoch).toBe(2)
      world.answer()
      world.run()
      expect([isDone, held.committed]).toEqual([true, 3n])
    },
  )

  it('refused for good are told, and not said again until more is handled', () => {
    const world = new World()
    const held = world.hold()
    handle(held, 3)
    world.commits.now().subscribe({ error: error => world.refused.push(error.number) })
    world.run()
    world.answer(errors.GROUP_AUTHORIZATION_FAILED.code)
    world.run(60_000)
    expect(world.refused).toContain(errors.GROUP_AUTHORIZATION_FAILED.code)
    expect(world.sent).toEqual([])
    expect(world.events).toMatchObject([{ type: 'commit-failed', offsets: [{ topic: 'a', partition: 0, offset: 3n }] }])
  })

  it('of what is given up are not said any more, and told where they were refused', () => {
    const world = new World()
    const [kept, given] = [world.hold(0), world.hold(1)]
    handle(kept, 3)
    handle(given, 4)
    world.commits.now().subscribe()
    world.run()
    world.answer(errors.ILLEGAL_GENERATION.code)
    world.helds.delete(given)
    world.commits.drop([given])
    expect(world.events).toMatchObject([{ type: 'commit-failed', offsets: [{ partition: 1, offset: 4n }] }])
    world.run(1000)
    expect(world.said()).toEqual({ 0: 3n })
  })

  it.each([
    ['given up', (world: World, held: Held) => world.commits.drop([held])],
    ['held at the end', (world: World) => world.commits.stop()],
  ])('of what is %s and never answered are told, once', (_, end) => {
    const world = new World()
    const [held, other] = [world.hold(0), world.hold(1)]
    handle(held, 3)
    world.commits.now().subscribe()
    world.run()
    expect(world.said()).toEqual({ 0: 3n })
    end(world, held)
    held.end()
    world.commits.drop([held, other])
    expect(world.events).toMatchObject([
      { type: 'commit-failed', offsets: [{ partition: 0, offset: 3n }], cause: { outcome: 'unknown' } },
    ])
  })

  it('of what is lost and never answered are not told: that it is lost is', () => {
    const world = new World()
    const held = world.hold()
    handle(held, 3)
    world.commits.now().subscribe()
    world.run()
    world.commits.drop([held], true)
    expect(world.events).toEqual([])
  })

  it('under way for what is given up are taken back, and said again without it', () => {
    const world = new World()
    const [kept, given] = [world.hold(0), world.hold(1)]
    handle(kept, 3)
    handle(given, 4)
    let isDone = false
    world.commits.now().subscribe({ complete: () => (isDone = true) })
    world.run()
    expect(world.said()).toEqual({ 0: 3n, 1: 4n })
    world.helds.delete(given)
    world.commits.drop([given])
    expect(world.sent).toEqual([])
    world.run()
    expect(world.said()).toEqual({ 0: 3n })
    world.answer()
    world.run()
    expect(isDone).toBe(true)
  })

  it('that nobody answers go again', () => {
    const world = new World()
    const held = world.hold()
    handle(held, 3)
    world.commits.now().subscribe()
    world.run()
    ;(world.sent[0] as Sent).subscriber.error(new ConnectionError('lost', { outcome: 'unknown' }))
    handle(held, 2)
    world.run(1000)
    expect(world.said()).toEqual({ 0: 5n })
  })

  it('of offsets that are given go backwards, and what is handled later goes on from there', () => {
    const world = new World()
    const held = world.hold()
    handle(held, 6)
    world.commits.now().subscribe()
    world.run()
    world.answer()
    world.commits.exactly(new Map([[held, { topic: 'a', partition: 0, offset: 2n }]])).subscribe()
    world.run()
    expect(world.said()).toEqual({ 0: 2n })
    world.answer()
    world.run(60_000)
    expect([world.sent.length, held.committed]).toEqual([0, 2n])
    handle(held, 1)
    world.commits.touched(1)
    world.run(5000)
    expect(world.said()).toEqual({ 0: 7n })
  })

  it('never pass what is handled, never go back within a tenure, never name what is given up; and come to an end', () => {
    fc.assert(fc.property(fc.array(happening, { maxLength: 60 }), live))
  })
})

const partition = fc.nat({ max: 2 })
const happening = fc.oneof(
  fc.record({ what: fc.constant('handle' as const), partition, count: fc.nat({ max: 3 }) }),
  fc.record({ what: fc.constant('commit' as const) }),
  fc.record({ what: fc.constant('answer' as const), code: fc.constantFrom(0, 0, 0, 22, 25, 27, 113, 3, 29) }),
  fc.record({ what: fc.constant('fail' as const) }),
  fc.record({ what: fc.constant('time' as const), ms: fc.constantFrom(0, 1, 100, 5000) }),
  fc.record({ what: fc.constant('give up' as const), partition }),
  fc.record({ what: fc.constant('seek' as const), partition, to: fc.nat({ max: 20 }) }),
  fc.record({ what: fc.constant('member' as const), is: fc.boolean() }),
  fc.record({ what: fc.constant('generation' as const) }),
)
type Happening = typeof happening extends fc.Arbitrary<infer One> ? One : never

/** Lives through it, looking after each step, then lets all be answered. */
function live(happenings: readonly Happening[]): void {
  const world = new World({ interval: 5000, records: 2 })
  const said = new Map<unknown, bigint>()
  for (const number of [0, 1, 2]) world.hold(number)
  for (const one of happenings) {
    happen(world, one)
    look(world, said)
  }
  world.isMember = true
  let isDone = false
  const done = () => {
    isDone = true
  }
  world.commits.now().subscribe({ complete: done, error: done })
  for (let n = 0; n < 20 && !isDone; n++) {
    world.run(2000)
    look(world, said)
    if (world.sent.length > 0) world.answer()
    world.run()
  }
  expect(isDone).toBe(true)
  for (const { tenure, covered } of world.helds) expect(covered).toBe(tenure.handled.offset)
}

function look(world: World, said: Map<unknown, bigint>): void {
  expect(world.sent.length).toBeLessThanOrEqual(1)
  if (world.sent.length === 0) return
  for (const [number, offset] of Object.entries(world.said())) {
    const held = [...world.helds].find(({ partition }) => partition === Number(number))
    if (held === undefined) throw new Error(`partition ${number} is not held`)
    expect(offset <= held.tenure.handled.offset).toBe(true)
    expect(offset >= (said.get(held.tenure) ?? 0n)).toBe(true)
    said.set(held.tenure, offset)
  }
}

function happen(world: World, one: Happening): void {
  switch (one.what) {
    case 'commit':
      world.commits.now().subscribe({ error: () => undefined })
      return
    case 'answer':
      if (world.sent.length > 0) world.answer(one.code)
      return
    case 'fail':
      world.sent[0]?.subscriber.error(new ConnectionError('lost', { outcome: 'unknown' }))
      return
    case 'time':
      world.run(one.ms)
      return
    case 'member':
      world.isMember = one.is
      return
    case 'generation':
      world.generation++
      return
    default: {
      const held = [...world.helds].find(({ partition }) => partition === one.partition)
      if (held !== undefined) happenTo(world, held, one)
    }
  }
}

function happenTo(world: World, held: Held, one: Extract<Happening, { readonly partition: number }>): void {
  if (one.what === 'handle') {
    handle(held, one.count)
    world.commits.touched(one.count)
    return
  }
  if (one.what === 'seek') {
    held.begin()
    held.covered = undefined
    begin(held, BigInt(one.to))
    return
  }
  world.helds.delete(held)
  world.commits.drop([held])
  held.end()
}
