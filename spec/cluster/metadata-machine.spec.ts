import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MetadataMachine } from '../../src/cluster/metadata-machine.js'
import { metadataOf, type TopicAnswer } from './metadata-answer.js'

const maxAge = 300_000
const make = () => new MetadataMachine({ maxAge, backoff: attempt => Math.min(100 * 2 ** (attempt - 1), 1000) })
const reading = (...topics: string[]) => ({ topics, create: false })
const creating = (...topics: string[]) => ({ topics, create: true })
const there = (epoch = 0): TopicAnswer => ['id', [1, epoch]]
const MISSING = 3
const FORBIDDEN = 29

/** A machine of which a topic is watched, and known since 0. */
function knowing(name = 'a'): MetadataMachine {
  const machine = make()
  machine.watch(reading(name))
  machine.ask(0)
  machine.answered(metadataOf({ [name]: there() }), 0, true)
  return machine
}

describe('MetadataMachine', () => {
  it('asks nothing while nobody watches', () => {
    const machine = make()
    machine.stale(0)
    expect([machine.ask(0), machine.lookAt]).toEqual([undefined, Number.POSITIVE_INFINITY])
  })

  it('asks for what is watched at once, one question at a time', () => {
    const machine = make()
    machine.watch(reading('a'))
    machine.watch(reading('b', 'a'))
    expect(machine.ask(0)).toEqual(reading('a', 'b'))
    machine.watch(reading('c'))
    expect([machine.ask(0), machine.lookAt]).toEqual([undefined, Number.POSITIVE_INFINITY])
    machine.answered(metadataOf({ a: there(), b: there() }), 5, true)
    expect([machine.knows(reading('a', 'b')), machine.knows(reading('c'))]).toEqual([true, false])
    expect(machine.ask(5)).toEqual(reading('c'))
  })

  it('asks again when it is too old, and takes along what nearly is', () => {
    const machine = knowing()
    machine.watch(reading('b'))
    machine.ask(20_000)
    machine.answered(metadataOf({ b: there() }), 20_000, false)
    machine.watch(reading('c'))
    machine.ask(200_000)
    machine.answered(metadataOf({ c: there() }), 200_000, false)
    expect([machine.ask(maxAge - 1), machine.lookAt]).toEqual([undefined, maxAge])
    expect(machine.ask(maxAge)).toEqual(reading('a', 'b'))
  })

  it('asks for what was found stale, once however many say so, and not sooner than backoff after the last answer', () => {
    const machine = knowing()
    for (let n = 0; n < 5; n++) machine.stale(10, 'a')
    expect([machine.ask(99), machine.lookAt, machine.ask(100)]).toEqual([undefined, 100, reading('a')])
    machine.answered(metadataOf({ a: there(1) }), 110, false)
    expect(machine.lookAt).toBe(110 + maxAge)
  })

  it('does not take an answer that was under way for newer than what was found meanwhile', () => {
    const machine = knowing()
    machine.stale(1000, 'a')
    machine.ask(1000)
    machine.stale(1001, 'a')
    machine.answered(metadataOf({ a: there() }), 1002, false)
    expect([machine.lookAt, machine.ask(1102)]).toEqual([1102, reading('a')])
    machine.answered(metadataOf({ a: there() }), 1103, false)
    expect(machine.lookAt).toBe(1103 + maxAge)
  })

  it('asks with backoff for what is not there, and for one without a leader, or one whose leader nobody knows', () => {
    for (const answer of [MISSING, ['id', [-1, 0]], ['id', [9, 0]]] as const) {
      const machine = make()
      machine.watch(reading('a'))
      const waits: number[] = []
      let now = 0
      for (let n = 0; n < 6; n++) {
        expect(machine.ask(now)).toEqual(reading('a'))
        machine.answered(metadataOf({ a: answer }), now, true)
        waits.push(machine.lookAt - now)
        now = machine.lookAt
      }
      expect(waits).toEqual([100, 200, 400, 800, 1000, 1000])
      expect(machine.missingSince('a')).toBe(answer === MISSING ? 0 : undefined)
    }
  })

  it('does not ask again soon for what no other try would mend', () => {
    const machine = make()
    machine.watch(reading('a'))
    machine.ask(0)
    machine.answered(metadataOf({ a: FORBIDDEN }), 0, true)
    expect([machine.knows(reading('a')), machine.lookAt]).toEqual([true, maxAge])
  })

  it('has only those created that somebody wants created', () => {
    const machine = make()
    machine.watch(reading('a'))
    machine.watch(creating('b'))
    expect(machine.ask(0)).toEqual(creating('b'))
    machine.answered(metadataOf({ b: there() }), 0, true)
    expect(machine.ask(0)).toEqual(reading('a'))
  })

  it('waits with backoff after failures, and after an answer that names nobody', () => {
    const machine = make()
    machine.watch(reading('a'))
    const waits: number[] = []
    let now = 0
    for (let n = 0; n < 5; n++) {
      machine.ask(now)
      if (n % 2 === 0) machine.failed(now)
      else expect(machine.answered(metadataOf({}, []), now, true)).toBe('empty')
      waits.push(machine.lookAt - now)
      now = machine.lookAt
    }
    expect(waits).toEqual([100, 200, 400, 800, 1000])
  })

  it('bootstraps again, with backoff, where it is told to', () => {
    const machine = knowing()
    machine.stale(1000, 'a')
    machine.ask(1000)
    const answer = { ...metadataOf({}), errorCode: 129 }
    expect(machine.answered(answer, 1000, false)).toBe('elsewhere')
    expect([machine.view.nodes.size, machine.knows(reading('a')), machine.lookAt]).toEqual([0, false, 1100])
    machine.ask(1100)
    expect(machine.answered(answer, 1100, true)).toBe('elsewhere')
    expect(machine.lookAt).toBe(1300)
  })

  it('takes the word of another cluster only from a bootstrap server, and then forgets all of the old one', () => {
    const machine = knowing()
    machine.watch(reading('b'))
    machine.ask(1000)
    machine.answered(metadataOf({ b: there() }), 1000, false)
    machine.stale(2000, 'b')
    machine.ask(2000)
    expect(machine.answered(metadataOf({ b: there() }, [1], 'other'), 2000, false)).toBe('elsewhere')
    expect(machine.ask(2100)).toEqual(reading('b'))
    expect(machine.answered(metadataOf({ b: there() }, [1], 'other'), 2100, true)).toBe('taken')
    expect([machine.view.clusterId, [...machine.view.topics.keys()]]).toEqual(['other', ['b']])
    // The rest is asked for at once.
    expect(machine.ask(2100)).toEqual(reading('a'))
  })

  it('asks for all where somebody watches all', () => {
    const machine = knowing()
    machine.watch({ topics: 'all', create: false })
    expect([machine.knows({ topics: 'all', create: false }), machine.ask(10)]).toEqual([
      false,
      { topics: 'all', create: false },
    ])
    machine.answered(metadataOf({ x: there() }), 10, false)
    expect([machine.knows({ topics: 'all', create: false }), machine.knows(reading('a'))]).toEqual([true, false])
  })

  it('uses what it knows of a topic that is watched again, and asks for one that was found stale meanwhile', () => {
    const machine = knowing()
    machine.unwatch(reading('a'))
    machine.watch(reading('a'))
    expect([machine.knows(reading('a')), machine.ask(10)]).toEqual([true, undefined])
    machine.unwatch(reading('a'))
    machine.stale(20, 'a')
    machine.watch(reading('a'))
    expect([machine.knows(reading('a')), machine.ask(120)]).toEqual([false, reading('a')])
  })
})

/** What may happen: which topics it is about, how long it takes, how the broker answers. */
const happening = fc.record({
  what: fc.constantFrom('watch', 'unwatch', 'stale', 'wait', 'answer', 'fail', 'withdraw', 'bootstrap', 'hint'),
  topics: fc.subarray(['a', 'b', 'c']),
  create: fc.boolean(),
  wait: fc.constantFrom(0, 1, 50, 100, 1000, 30_000, maxAge),
  cluster: fc.constantFrom('one', 'one', 'one', 'two'),
  answer: fc.constantFrom<TopicAnswer>(there(0), there(3), ['other', [2, 0]], ['id', [-1, 1]], MISSING, FORBIDDEN),
  isBootstrap: fc.boolean(),
})
type Happening = typeof happening extends fc.Arbitrary<infer One> ? One : never

/** A machine, and what an onlooker knows of it. */
class Life {
  readonly machine = make()
  readonly watched: { readonly topics: readonly string[]; readonly create: boolean }[] = []
  now = 0
  question: ReturnType<MetadataMachine['ask']>
  settledAt = 0

  go(one: Happening): void {
    const { topics, create, wait } = one
    switch (one.what) {
      case 'watch':
        this.watched.push({ topics, create })
        this.machine.watch({ topics, create })
        return
      case 'unwatch': {
        const left = this.watched.shift()
        if (left !== undefined) this.machine.unwatch(left)
        return
      }
      case 'stale':
        this.machine.stale(this.now, topics[0])
        return
      case 'wait':
        this.now += wait
        return
      case 'bootstrap':
        this.machine.bootstrapAgain()
        return
      case 'hint':
        this.machine.hint({ topic: 'a', partition: 0, leaderId: 2, leaderEpoch: wait % 10 }, [])
        return
      default:
        this.end(one)
    }
  }

  /** The question on its way comes to its end. */
  end({ what, answer, cluster, isBootstrap }: Happening): void {
    if (this.question === undefined || (what === 'withdraw' && this.watched.length > 0)) return
    const names = this.question.topics === 'all' ? [] : this.question.topics
    const answers = Object.fromEntries(names.map(name => [name, answer]))
    if (what === 'answer') this.machine.answered(metadataOf(answers, [1, 2], cluster), this.now, isBootstrap)
    else if (what === 'fail') this.machine.failed(this.now)
    else this.machine.withdrawn()
    this.question = undefined
    this.settledAt = this.now
  }

  /** One question at a time, only while somebody watches, only for what is watched, never creating what only readers watch. */
  ask(): void {
    const asked = this.machine.ask(this.now)
    if (asked === undefined) return
    expect([this.question, this.watched.length > 0]).toEqual([undefined, true])
    const mayBeAsked = new Set(this.watched.filter(one => one.create || !asked.create).flatMap(({ topics }) => topics))
    expect([...asked.topics].filter(name => !mayBeAsked.has(name))).toEqual([])
    this.question = asked
  }

  /** Nobody waits for ever: a question is on its way, or the time is set for one; within a second for who still waits. */
  checkTime(): void {
    const { lookAt } = this.machine
    if (this.watched.length === 0 || this.question !== undefined) {
      expect(lookAt).toBe(Number.POSITIVE_INFINITY)
      return
    }
    const isWaiting = this.watched.some(one => !this.machine.knows(one))
    expect(lookAt).toBeGreaterThan(this.now)
    expect(lookAt).toBeLessThanOrEqual(isWaiting ? this.now + 1000 : Math.max(this.now, this.settledAt) + maxAge)
  }
}

const epochOf = ({ machine: { view } }: Life) => {
  const a = view.topics.get('a')
  return { of: `${view.clusterId} ${a?.id}`, epoch: a?.partitions[0]?.leaderEpoch ?? -1 }
}

describe('MetadataMachine, whatever happens', () => {
  it('keeps to its invariants', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), happenings => {
        const life = new Life()
        for (const one of happenings) {
          const before = epochOf(life)
          life.go(one)
          life.ask()
          life.checkTime()
          const after = epochOf(life)
          if (after.of === before.of) expect(after.epoch).toBeGreaterThanOrEqual(before.epoch)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
