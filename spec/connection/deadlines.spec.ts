import { EMPTY, NEVER, Observable, type SchedulerAction, type SchedulerLike, Subject, Subscription } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Deadlines } from '../../src/connection/deadlines.js'

/** A clock that is moved by hand, and knows what is armed. */
class Clock implements SchedulerLike {
  time = 1000
  readonly delays: number[] = []
  readonly #armed = new Map<Subscription, { at: number; work: () => void }>()

  now(): number {
    return this.time
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0): Subscription {
    this.delays.push(delay)
    const subscription = new Subscription(() => this.#armed.delete(subscription))
    this.#armed.set(subscription, { at: this.time + delay, work: () => work.call({} as SchedulerAction<T>) })
    return subscription
  }

  get armed(): number {
    return this.#armed.size
  }

  /** Moves to `time` at once, as an event loop that was late does, or to what is due before. */
  to(time: number): void {
    this.time = time
    for (const [subscription, { at, work }] of [...this.#armed]) {
      if (at > time || subscription.closed) continue
      subscription.unsubscribe()
      work()
    }
  }
}

function world(ioTurn: Observable<never> = EMPTY) {
  const clock = new Clock()
  const expired: string[] = []
  const deadlines = new Deadlines(clock, ioTurn)
  const add = (name: string) => deadlines.add(() => expired.push(`${name} at ${clock.time}`))
  return { clock, deadlines, expired, add }
}

describe('Deadlines', () => {
  it('expires each when it is due, once', () => {
    const { clock, expired, add } = world()
    add('b').expireIn(20)
    add('a').expireIn(10)
    for (const time of [1009, 1010, 1019, 1020, 1100]) clock.to(time)
    expect(expired).toEqual(['a at 1010', 'b at 1020'])
    expect(clock.armed).toBe(0)
  })

  it('arms one timer for all, and none to move one further away', () => {
    const { clock, expired, add } = world()
    const [a, b] = [add('a'), add('b')]
    a.expireIn(10)
    b.expireIn(10)
    for (let n = 0; n < 1000; n++) a.expireIn(15)
    expect([clock.armed, clock.delays]).toEqual([1, [10]])
    clock.to(1010)
    expect([clock.armed, clock.delays]).toEqual([1, [10, 5]])
    clock.to(1015)
    expect(expired).toEqual(['b at 1010', 'a at 1015'])
  })

  it('arms anew for one that is due earlier', () => {
    const { clock, expired, add } = world()
    add('a').expireIn(10)
    add('b').expireIn(5)
    expect(clock.armed).toBe(1)
    clock.to(1005)
    clock.to(1010)
    expect(expired).toEqual(['b at 1005', 'a at 1010'])
  })

  it('forgets one that is cleared or removed', () => {
    const { clock, expired, add } = world()
    const [a, b] = [add('a'), add('b')]
    a.expireIn(10)
    b.expireIn(10)
    a.clear()
    b.unsubscribe()
    clock.to(1010)
    expect([expired, clock.armed]).toEqual([[], 0])
  })

  it('is never due with Infinity', () => {
    const { clock, add } = world()
    add('a').expireIn(Number.POSITIVE_INFINITY)
    expect(clock.armed).toBe(0)
  })

  it('reaches further than a timer does', () => {
    const { clock, expired, add } = world()
    const days = 24 * 3600 * 1000
    add('a').expireIn(60 * days)
    for (let day = 0; day <= 60; day++) clock.to(1000 + day * days)
    expect(expired).toEqual([`a at ${1000 + 60 * days}`])
    expect(Math.max(...clock.delays)).toBeLessThan(2 ** 31)
  })

  it('waits a turn of I/O for one found overdue, and looks again', () => {
    const turn = new Subject<never>()
    const { clock, expired, add } = world(turn)
    const [a, b] = [add('a'), add('b')]
    a.expireIn(10)
    b.expireIn(10)
    clock.to(1500)
    expect(expired).toEqual([])
    // What a waited for has come in that turn.
    a.expireIn(10)
    turn.complete()
    expect(expired).toEqual(['b at 1500'])
    clock.to(1510)
    expect(expired).toEqual(['b at 1500', 'a at 1510'])
  })

  it('gives one that is added or moved in such a turn a turn of its own, though it falls due within', () => {
    const turns: Subject<never>[] = []
    const eachTurn = new Observable<never>(subscriber => {
      const turn = new Subject<never>()
      turns.push(turn)
      return turn.subscribe(subscriber)
    })
    const { clock, expired, add } = world(eachTurn)
    const [a, moved] = [add('a'), add('moved')]
    a.expireIn(10)
    moved.expireIn(10)
    clock.to(1500)
    add('added').expireIn(1)
    add('overdue at once').expireAt(1400)
    moved.expireAt(1450)
    clock.time = 1600
    turns.shift()?.complete()
    expect(expired).toEqual(['a at 1600'])
    clock.to(1600)
    turns.shift()?.complete()
    expect(expired.slice(1).toSorted()).toEqual(['added at 1600', 'moved at 1600', 'overdue at once at 1600'])
    expect([turns.length, clock.armed]).toEqual([0, 0])
  })

  it('tells the time at which it was found overdue, before the turn of I/O', () => {
    const turn = new Subject<never>()
    const { clock, deadlines } = world(turn)
    const told: number[] = []
    deadlines.add(now => told.push(now)).expireIn(10)
    clock.to(1010)
    clock.time = 1500
    turn.complete()
    expect(told).toEqual([1010])
  })

  it('lets one that expires move, add and remove others', () => {
    const { clock, deadlines, expired, add } = world()
    const b = add('b')
    const c = add('c')
    deadlines
      .add(() => {
        b.expireIn(5)
        c.unsubscribe()
        add('d').expireIn(1)
      })
      .expireIn(10)
    c.expireIn(12)
    clock.to(1010)
    clock.to(1011)
    clock.to(1015)
    expect(expired).toEqual(['d at 1011', 'b at 1015'])
  })

  it('leaves nothing armed once unsubscribed, and arms nothing then', () => {
    const { clock, deadlines, expired, add } = world()
    add('a').expireIn(10)
    deadlines.unsubscribe()
    expect(clock.armed).toBe(0)
    add('b').expireIn(10)
    expect(clock.armed).toBe(0)
    clock.to(1010)
    expect(expired).toEqual([])
  })

  it('leaves nothing armed when unsubscribed by one that expires, or during the turn of I/O', () => {
    const { clock, deadlines, add } = world()
    add('other').expireIn(20)
    deadlines.add(() => deadlines.unsubscribe()).expireIn(10)
    clock.to(1010)
    expect(clock.armed).toBe(0)

    const waiting = world(NEVER)
    waiting.add('a').expireIn(10)
    waiting.clock.to(1010)
    waiting.deadlines.unsubscribe()
    expect(waiting.clock.armed).toBe(0)
  })
})
