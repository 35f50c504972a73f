import fc from 'fast-check'
import { timer } from 'rxjs'
import { expect, it } from 'vitest'
import type { FaultOptions } from '../../../src/testing/index.js'
import { type Stub, virtually, type World } from './virtual-group.js'

/** `FAULTS=all` tries many courses of events; else some. */
const isWhole = process.env['FAULTS'] === 'all'
const many = isWhole ? 500 : 12

const partitions = 6
/** When all has settled: more than two sessions after the last trouble. */
const end = 200_000

/** A member and those that come in its place. */
class Seat {
  readonly #world: World
  readonly #name: string
  readonly #revoking: number
  #lives = 0
  #isInTouch = false
  stub: Stub | undefined

  constructor(world: World, name: string, revoking: number) {
    this.#world = world
    this.#name = name
    this.#revoking = revoking
  }

  /** What it may hand out now. */
  get reads(): readonly string[] {
    return this.stub === undefined || !this.#isInTouch ? [] : [...this.stub.held]
  }

  join(): void {
    if (this.stub !== undefined) return
    this.#isInTouch = true
    // Another client each time, as another process is; who is static keeps its name.
    this.stub = this.#world.join(`${this.#name}${this.#lives++}`, {
      member: this.#name === 'static' ? { instanceId: 'i' } : {},
      kafka: { requestTimeout: 10_000 },
      revoking: () => timer(this.#revoking, this.#world.scheduler),
      onTouch: is => {
        this.#isInTouch = is
      },
      onError: () => {
        this.stub = undefined
        this.#later(1000)
      },
    })
  }

  kill(pause: number): void {
    this.stub?.kill()
    this.stub = undefined
    this.#later(pause)
  }

  leave(pause: number): void {
    this.stub?.membership.leave().subscribe()
    this.stub = undefined
    this.#later(pause)
  }

  #later(pause: number): void {
    const { at, scheduler } = this.#world
    at(scheduler.now() + pause, () => this.join())
  }
}

const short = fc.integer({ min: 1, max: 20_000 })
const fault: fc.Arbitrary<FaultOptions> = fc.oneof(
  fc.constantFrom<FaultOptions>(
    { cut: 'before' },
    { cut: 'after' },
    { lose: true },
    { delay: Number.POSITIVE_INFINITY },
  ),
  fc.record({ late: short }),
  fc.record({
    error: fc.constantFrom(
      'FENCED_MEMBER_EPOCH',
      'UNKNOWN_MEMBER_ID',
      'NOT_COORDINATOR',
      'COORDINATOR_LOAD_IN_PROGRESS',
    ),
  }),
)
const trouble = fc.record({
  // Close to one another: it is while partitions move that failures matter.
  at: fc.tuple(fc.constantFrom(0, 30_000, 60_000), fc.nat(10_000)).map(([time, more]) => time + more),
  what: fc.oneof(
    fc.record({ type: fc.constantFrom('kill' as const, 'leave' as const), seat: fc.nat(2), pause: short }),
    fc.record({ type: fc.constant('fault' as const), fault, times: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ type: fc.constant('move' as const), to: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ type: fc.constant('stop' as const), node: fc.integer({ min: 1, max: 3 }), pause: short }),
  ),
})
type Trouble = typeof trouble extends fc.Arbitrary<infer T> ? T : never

function happen({ broker, at, scheduler }: World, seats: readonly Seat[], down: Set<number>, { what }: Trouble): void {
  switch (what.type) {
    case 'kill':
      seats[what.seat]?.kill(what.pause)
      return
    case 'leave':
      seats[what.seat]?.leave(what.pause)
      return
    case 'fault':
      broker.fault({ api: 'ConsumerGroupHeartbeat', times: what.times, ...what.fault })
      return
    case 'move':
      if (!down.has(what.to)) broker.moveCoordinator('group', 'g', what.to)
      return
    default:
      if (down.has(what.node)) return
      down.add(what.node)
      broker.stop(what.node)
      at(scheduler.now() + what.pause, () => {
        down.delete(what.node)
        broker.start(what.node)
      })
  }
}

it(
  'whatever fails, no partition is read by two, and in the end each is read by one',
  () => {
    const property = (troubles: readonly Trouble[], revoking: number) => {
      let all: readonly (readonly string[])[] = []
      const told = virtually(end, { brokers: 3, topics: { a: partitions } }, world => {
        const seats = ['one', 'two', 'static'].map(name => new Seat(world, name, revoking))
        const down = new Set<number>()
        for (const seat of seats) seat.join()
        for (const one of troubles) world.at(one.at, () => happen(world, seats, down, one))
        for (let time = 0; time < end; time += 500) {
          world.at(time, () => {
            const read = seats.flatMap(({ reads }) => reads)
            expect(read.toSorted()).toEqual([...new Set(read)].toSorted())
          })
        }
        world.at(end - 1, () => {
          all = seats.map(({ reads }) => reads)
        })
      })
      expect(all.flat(), told.join('\n')).toHaveLength(partitions)
      expect(
        all.map(({ length }) => length),
        told.join('\n'),
      ).toEqual([2, 2, 2])
    }
    fc.assert(fc.property(fc.array(trouble, { minLength: 1, maxLength: 12 }), fc.constantFrom(0, 3000), property), {
      numRuns: many,
    })
  },
  isWhole ? 600_000 : 20_000,
)
