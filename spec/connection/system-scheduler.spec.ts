import { asyncScheduler, EMPTY, Subscription } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Deadlines } from '../../src/connection/deadlines.js'
import { connect, type KafkaError, open } from '../../src/connection/index.js'
import { idleScheduler, microtaskScheduler, systemScheduler } from '../../src/connection/system-scheduler.js'
import { scripted } from '../../src/testing/index.js'

afterEach(() => void vi.restoreAllMocks())

const hour = 3_600_000

describe.each([
  ['back', -hour],
  ['forward', hour],
])('the wall clock is stepped %s by an hour', (_name, step) => {
  const stepWallClock = () => {
    const { now } = Date
    vi.spyOn(Date, 'now').mockImplementation(() => now() + step)
  }

  it('the time that deadlines are counted by does not follow', () => {
    const before = systemScheduler.now()
    stepWallClock()
    expect(systemScheduler.now()).toBeGreaterThanOrEqual(before)
    expect(systemScheduler.now() - before).toBeLessThan(hour / 2)
  })

  it('a deadline is met all the same, and not before its time', async () => {
    const expired: string[] = []
    const deadlines = new Deadlines(systemScheduler, EMPTY)
    deadlines.add(() => expired.push('far')).expireIn(hour / 2)
    const near = new Promise<number>(resolve => deadlines.add(resolve).expireIn(20))
    stepWallClock()
    await near
    expect(expired).toEqual([])
    deadlines.unsubscribe()
  })

  it('a connect and a write time out all the same', async () => {
    const never = scripted({ connect: '-' })
    const connection = await open({ host: 'broker', timeout: 20, transport: scripted({ write: '-' }) })
    const codes = Promise.all([
      new Promise(resolve => {
        connect({ host: 'broker', timeout: 20, transport: never }).subscribe({ error: ({ code }) => resolve(code) })
      }),
      new Promise(resolve => {
        connection.write(Buffer.from('a')).subscribe({ error: ({ code }: KafkaError) => resolve(code) })
      }),
    ])
    stepWallClock()
    expect(await codes).toEqual(['CONNECT', 'SEND_TIMEOUT'])
  })
})

describe.each([
  ['systemScheduler', systemScheduler],
  ['idleScheduler', idleScheduler],
  ['microtaskScheduler', microtaskScheduler],
])('%s', (_name, scheduler) => {
  it('is virtual inside `TestScheduler.run`', () => {
    const told: string[] = []
    new TestScheduler(() => {}).run(({ flush }) => {
      expect(scheduler.now()).toBe(0)
      scheduler.schedule(() => told.push(`once at ${scheduler.now()}`), hour)
      scheduler.schedule<number>(
        function (count = 0) {
          told.push(`${count} at ${scheduler.now()}`)
          if (count < 2) this.schedule(count + 1, 5)
        },
        5,
        0,
      )
      flush()
    })
    expect(told).toEqual(['0 at 5', '1 at 10', '2 at 15', `once at ${hour}`])
  })

  it('works, again where its work asks for it, and not once it is unsubscribed', async () => {
    const told: unknown[] = []
    scheduler.schedule(() => told.push('left'), 1).unsubscribe()
    await new Promise<void>(resolve => {
      scheduler.schedule<string>(
        function (state) {
          told.push(state)
          if (state === 'b') resolve()
          else this.schedule('b', 1)
        },
        0,
        'a',
      )
    })
    expect(told).toEqual(['a', 'b'])
    const life = new Subscription()
    life.add(scheduler.schedule(() => told.push('left'), 2))
    life.unsubscribe()
    await new Promise(resolve => asyncScheduler.schedule(resolve, 10))
    expect(told).toEqual(['a', 'b'])
  })
})

describe('microtaskScheduler', () => {
  it('runs in order, in microtasks, what has not been withdrawn', async () => {
    const told: string[] = []
    microtaskScheduler.schedule(text => void told.push(text as string), 0, 'first')
    microtaskScheduler.schedule(() => told.push('withdrawn')).unsubscribe()
    const second = microtaskScheduler.schedule(() => told.push('second'))
    told.push('inside')
    await undefined
    await undefined
    expect(told).toEqual(['inside', 'first', 'second'])
    expect(second.closed).toBe(true)
  })

  it('runs again as often as it is asked from inside', async () => {
    const told: number[] = []
    const counting = microtaskScheduler.schedule<number>(
      function (count = 0) {
        told.push(count)
        if (count < 3) this.schedule(count + 1)
      },
      0,
      0,
    )
    for (let turn = 0; turn < 6; turn++) await undefined
    expect(told).toEqual([0, 1, 2, 3])
    expect(counting.closed).toBe(true)
  })
})
