import fc from 'fast-check'
import { Observable, type Subscriber, type Subscription } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Broker } from '../../src/broker/index.js'
import { Lane } from '../../src/cluster/lane.js'
import { ConnectionError } from '../../src/errors.js'

const lost = new ConnectionError('lost')

/** A lane, its connection in the test's hands, and what it was told. */
function bench() {
  const told: string[] = []
  let connection: Subscriber<Broker> | undefined
  let opened = 0
  let isHeld = true
  const broker = { ref: () => (isHeld = true), unref: () => (isHeld = false) } as unknown as Broker
  const open = new Observable<Broker>(subscriber => {
    opened++
    isHeld = true
    connection = subscriber
    return () => {
      connection = undefined
    }
  })
  const lane: Lane = new Lane({
    open,
    opened: () => told.push('opened'),
    ended: error => told.push(error === undefined ? 'closed' : 'failed'),
    idle: () => told.push('idle'),
  })
  const enter = (name: string): Subscription =>
    new Observable<Broker>(subscriber => lane.enter(subscriber)).subscribe({
      next: () => told.push(`${name} has it`),
      error: () => told.push(`${name} is told`),
      complete: () => told.push(`${name} completes`),
    })
  return {
    lane,
    told,
    enter,
    become: () => connection?.next(broker),
    fail: () => connection?.error(lost),
    isConnected: () => connection !== undefined,
    opened: () => opened,
    isHeld: () => isHeld,
  }
}

describe('Lane', () => {
  it('opens once for many, and gives each the broker', () => {
    const { enter, become, told, opened } = bench()
    enter('a')
    enter('b')
    become()
    enter('c')
    expect([told, opened()]).toEqual([['opened', 'a has it', 'b has it', 'c has it'], 1])
  })

  it('stays open and holds no process when the last has left, and holds it again for the next', () => {
    const { enter, become, told, isHeld, isConnected } = bench()
    const a = enter('a')
    become()
    a.unsubscribe()
    expect([told.at(-1), isHeld(), isConnected()]).toEqual(['idle', false, true])
    enter('b')
    expect([told.at(-1), isHeld()]).toEqual(['b has it', true])
  })

  it('is given up when the last has left before it was open', () => {
    const { enter, told, isConnected, lane } = bench()
    const [a, b] = [enter('a'), enter('b')]
    a.unsubscribe()
    expect(isConnected()).toBe(true)
    b.unsubscribe()
    expect([told, isConnected(), lane.hasEnded]).toEqual([['closed'], false, true])
  })

  it('tells all who wait, and all who use it, that it has failed: after its owner, when nothing is open', () => {
    const waiting = bench()
    waiting.enter('a')
    waiting.enter('b')
    waiting.fail()
    expect(waiting.told).toEqual(['failed', 'a is told', 'b is told'])
    const used = bench()
    used.enter('a')
    used.become()
    used.enter('b')
    used.fail()
    expect([used.told, used.isConnected()]).toEqual([
      ['opened', 'a has it', 'b has it', 'failed', 'a is told', 'b is told'],
      false,
    ])
  })

  it('may be left by one who is told, for another', () => {
    const { lane, enter, become, told } = bench()
    let b: Subscription | undefined
    new Observable<Broker>(subscriber => lane.enter(subscriber)).subscribe(() => b?.unsubscribe())
    b = enter('b')
    enter('c')
    become()
    expect(told).toEqual(['opened', 'c has it'])
  })

  it('keeps its invariants, whatever happens', () => {
    const what = fc.constantFrom('enter', 'leave', 'leave', 'become', 'fail', 'close', 'closeFor') as fc.Arbitrary<
      'enter' | 'leave' | 'become' | 'fail' | 'close' | 'closeFor'
    >
    fc.assert(
      fc.property(fc.array(fc.tuple(what, fc.nat(5)), { maxLength: 40 }), happenings => {
        const one = bench()
        const users: Subscription[] = []
        const happen = {
          enter: () => one.lane.hasEnded || users.push(one.enter(`${users.length}`)),
          leave: (n: number) => users[n]?.unsubscribe(),
          become: () => one.lane.broker ?? one.become(),
          fail: () => one.fail(),
          close: () => one.lane.close(),
          closeFor: () => one.lane.close(lost),
        }
        for (const [happening, n] of happenings) {
          happen[happening](n)
          check(one, users.filter(({ closed }) => !closed).length)
        }
      }),
    )
  })
})

/** Idle just when nobody is there; nobody is left on one that has ended; open at most once, held by its users alone. */
function check({ lane, isConnected, isHeld, opened, told }: ReturnType<typeof bench>, using: number): void {
  expect(lane.isIdle).toBe(using === 0)
  if (lane.hasEnded) expect([using, isConnected()]).toEqual([0, false])
  if (using > 0) expect(isConnected()).toBe(true)
  if (lane.broker !== undefined && !lane.hasEnded) expect(isHeld()).toBe(using > 0)
  expect(opened()).toBeLessThanOrEqual(1)
  expect(told.filter(text => text === 'failed' || text === 'closed').length).toBe(lane.hasEnded ? 1 : 0)
}
