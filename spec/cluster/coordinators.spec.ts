import { Observable, type Subscriber } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Broker } from '../../src/broker/index.js'
import { Coordinators } from '../../src/cluster/coordinators.js'
import type { FindCoordinatorResponse } from '../../src/protocol/messages/find-coordinator.js'

const billing = { group: 'billing' }

/** Coordinators whose questions are in the test's hands. */
function bench(max = 6) {
  const bodies: unknown[] = []
  const open = new Set<Subscriber<FindCoordinatorResponse>>()
  const broker = { versions: new Map([[10, { min: 0, max }]]) } as unknown as Broker
  const coordinators = new Coordinators(
    body =>
      new Observable<FindCoordinatorResponse>(subscriber => {
        bodies.push(body(broker))
        open.add(subscriber)
        return () => open.delete(subscriber)
      }),
  )
  const answer = (nodeId: number, errorCode = 0) => {
    const one = { key: 'billing', nodeId, host: `host-${nodeId}`, port: 1, errorCode, errorMessage: null }
    const response = max >= 4 ? { ...one, coordinators: [one] } : { ...one, coordinators: [] }
    for (const subscriber of [...open]) {
      subscriber.next({ throttleTimeMs: 0, ...response })
      subscriber.complete()
    }
  }
  const told: string[] = []
  const find = (name: string, whose: Parameters<Coordinators['find']>[0] = billing) =>
    coordinators.find(whose).subscribe({
      next: ({ host }) => told.push(`${name} ${host}`),
      error: error => told.push(`${name} ${error.code}`),
    })
  return { coordinators, bodies, open, answer, find, told }
}

describe('Coordinators', () => {
  it('ask once for all who want to know, and remember until they are told to forget', () => {
    const { find, answer, told, bodies, coordinators } = bench()
    find('a')
    find('b')
    answer(2)
    find('c')
    expect([told, bodies.length]).toEqual([['a host-2', 'b host-2', 'c host-2'], 1])
    coordinators.forget(billing)
    find('d')
    answer(3)
    expect([told.at(-1), bodies.length]).toEqual(['d host-3', 2])
    coordinators.forgetAll()
    find('e')
    expect(bodies.length).toBe(3)
  })

  it('go on asking while one is left who wants to know, and stop with the last', () => {
    const { find, answer, told, open } = bench()
    const [a, b] = [find('a'), find('b')]
    a.unsubscribe()
    expect(open.size).toBe(1)
    b.unsubscribe()
    expect(open.size).toBe(0)
    find('c')
    answer(1)
    expect(told).toEqual(['c host-1'])
  })

  it('tell all of an answer that names none, and ask anew for the next', () => {
    const { find, answer, told, bodies } = bench()
    find('a')
    find('b')
    answer(-1, 15)
    find('c')
    answer(-1)
    expect(told).toEqual(['a COORDINATOR_NOT_AVAILABLE', 'b COORDINATOR_NOT_AVAILABLE', 'c COORDINATOR_NOT_AVAILABLE'])
    expect(bodies.length).toBe(2)
  })

  it('tell a group from a transaction of the same name', () => {
    const { find, bodies } = bench()
    find('a')
    find('b', { transaction: 'billing' })
    expect(bodies).toEqual([
      { keyType: 0, coordinatorKeys: ['billing'] },
      { keyType: 1, coordinatorKeys: ['billing'] },
    ])
  })

  it('ask for one by its key where the broker knows no more (KIP-699)', () => {
    const { find, answer, bodies, told } = bench(3)
    find('a')
    answer(4)
    expect([bodies, told]).toEqual([[{ keyType: 0, key: 'billing' }], ['a host-4']])
  })
})
