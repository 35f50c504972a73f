import { defer, EMPTY, NEVER, Subject, VirtualTimeScheduler } from 'rxjs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { DueHeap } from '../../src/connection/due-heap.js'
import { type Connection, connect, type SendTimeoutError } from '../../src/connection/index.js'
import { scripted, text } from '../../src/testing/index.js'

const built = vi.hoisted(() => ({ errors: 0 }))

vi.mock('../../src/errors.js', async original => {
  const errors = await original<typeof import('../../src/errors.js')>()
  class SendTimeoutError extends errors.SendTimeoutError {
    constructor(...args: ConstructorParameters<typeof errors.SendTimeoutError>) {
      super(...args)
      built.errors++
    }
  }
  return { ...errors, SendTimeoutError }
})

beforeEach(() => {
  built.errors = 0
})
afterEach(() => void vi.restoreAllMocks())

/** A connection that is open at time 0, and whose kernel takes its first write when it is told to. */
function world() {
  const scheduler = new VirtualTimeScheduler(undefined, 0)
  const firstWrite = new Subject<never>()
  let writes = 0
  const transport = scripted({ write: defer(() => (writes++ === 0 ? firstWrite : EMPTY)) })
  const [sent, ends]: [string[], string[]] = [[], []]
  transport.sent.pipe(text).subscribe(bytes => sent.push(bytes))
  let connection: Connection | undefined
  connect({ host: 'broker', transport, scheduler }).subscribe({
    next: opened => {
      connection = opened
    },
    error: error => ends.push(`failed: ${error.message}`),
  })
  scheduler.flush()
  const write = (bytes: string, timeout: number) =>
    connection?.write(Buffer.from(bytes), { timeout }).subscribe({
      complete: () => ends.push(`${bytes}: taken at ${scheduler.now()}`),
      error: ({ started }: SendTimeoutError) => ends.push(`${bytes}: ${started ? 'begun' : 'unsent'}`),
    })
  const flush = (): void => {
    scheduler.maxFrames = Number.POSITIVE_INFINITY
    scheduler.flush()
  }
  return { scheduler, firstWrite, sent, ends, write, flush }
}

it('a write that is overdue when its turn comes is not sent, and fails alone', () => {
  const { scheduler, firstWrite, sent, ends, write, flush } = world()
  write('a', 2000)
  write('b', 500)
  write('c', 2000)
  // The event loop was late: no timer has had its turn when the kernel has taken the first.
  scheduler.frame = 1000
  firstWrite.complete()
  flush()
  expect(sent).toEqual(['a', 'c'])
  expect(ends.toSorted()).toEqual(['a: taken at 1000', 'b: unsent', 'c: taken at 1000'])
})

it('a write that waited nearly to its deadline has all its time once it has begun', () => {
  const scheduler = new VirtualTimeScheduler()
  const ends: string[] = []
  const transport = scripted({ write: `${'-'.repeat(400)}|` })
  connect({ host: 'broker', transport, scheduler }, connection => {
    const write = (name: string) =>
      connection.write(Buffer.from(name), { timeout: 500 }).subscribe({
        complete: () => ends.push(`${name}: taken at ${scheduler.now()}`),
        error: ({ started }: SendTimeoutError) => ends.push(`${name}: ${started ? 'begun' : 'unsent'}`),
      })
    write('a')
    write('b')
    return NEVER
  }).subscribe({ error: () => ends.push('failed') })
  scheduler.flush()
  expect(ends).toEqual(['a: taken at 400', 'b: taken at 800'])
})

it('deadlines one after another cost one error each, and no look at all the others', () => {
  const many = 2000
  const steps = (['push', 'remove'] as const).map(name => vi.spyOn(DueHeap.prototype, name))
  const { ends, write, flush } = world()
  write('first', Number.POSITIVE_INFINITY)
  for (let n = 1; n <= many; n++) write(`${n}`, n)
  flush()
  expect(ends).toEqual(Array.from({ length: many }, (_, n) => `${n + 1}: unsent`))
  expect(built.errors).toBe(many)
  for (const step of steps) expect(step.mock.calls.length).toBeLessThan(3 * many)
})

it('of writes that were left before they fell due, no error is made', () => {
  const { ends, write, flush } = world()
  write('first', Number.POSITIVE_INFINITY)
  write('stays', 50)
  for (let n = 1; n <= 100; n++) {
    write('left', n)?.unsubscribe()
    write('waits for ever', Number.POSITIVE_INFINITY)
  }
  flush()
  expect([ends, built.errors]).toEqual([['stays: unsent'], 1])
})
