import fc from 'fast-check'
import { asyncScheduler, defer, EMPTY, ignoreElements, mergeMap, NEVER, type Observable, throwError, timer } from 'rxjs'
import { expect, it } from 'vitest'
import { type Connection, connect, type KafkaError } from '../../src/connection/index.js'
import { byteMarbles, scripted } from '../../src/testing/index.js'

const inVirtualTime = byteMarbles((actual, expected) => expect(actual).toEqual(expected))

/** A message, all of whose bytes are its own number; all times in ms. */
interface Message {
  readonly how: 'send' | 'write'
  readonly at: number
  readonly length: number
  readonly timeout: number
  /** Unsubscribed from so long after its subscribe. */
  readonly left: number | undefined
  /** Once written, sends or writes another so long from inside its `next`. */
  readonly next: { readonly how: 'send' | 'write'; readonly length: number } | undefined
}

interface Plan {
  readonly messages: readonly Message[]
  /** How long the kernel takes over its first, second, … write; 0: at once. */
  readonly durations: readonly number[]
  readonly end:
    | { readonly how: 'close' | 'reset' | 'fin' | 'send.complete' | 'unsubscribe'; readonly at: number }
    | undefined
  readonly timeout: number
  readonly maxQueuedBytes: number
}

const ms = fc.integer({ min: 1, max: 12 })
const length = fc.integer({ min: 1, max: 9 })
const timeout = fc.oneof(ms, fc.constant(Number.POSITIVE_INFINITY))
const how = fc.constantFrom('send' as const, 'write' as const)
const message: fc.Arbitrary<Message> = fc.record({
  how,
  at: fc.integer({ min: 0, max: 12 }),
  length,
  timeout,
  left: fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined, freq: 3 }),
  next: fc.option(fc.record({ how, length }), { nil: undefined, freq: 3 }),
})
const plan: fc.Arbitrary<Plan> = fc.record({
  messages: fc.array(message, { maxLength: 14 }),
  durations: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 }),
  end: fc.option(fc.record({ how: fc.constantFrom('close', 'reset', 'fin', 'send.complete', 'unsubscribe'), at: ms }), {
    nil: undefined,
  }),
  timeout: fc.oneof({ weight: 2, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, ms),
  maxQueuedBytes: fc.constantFrom(20, 1000),
})

it('sends every message whole and in order, or not at all, and tells each writer once which', () => {
  fc.assert(
    fc.property(plan, plan => {
      const { sent, queued, connection, failure } = play(plan)
      const begun = inRuns(sent)

      // Whole, in order, none twice.
      const inOrder = queued.filter(({ id }) => begun.has(id))
      expect([...begun]).toEqual(inOrder.map(({ id, length }) => [id, length]))

      for (const { id, length, told, left, error } of queued) {
        if (told === undefined || left) continue
        if (error === undefined) expect(told).toEqual([length, 'complete'])
        else expect(told).toEqual([error.name])
        expect(error?.outcome ?? 'sent').toBe(error === undefined ? 'sent' : begun.has(id) ? 'unknown' : 'unsent')
      }
      expect(connection.queuedBytes).toBe(0)
      if (plan.end !== undefined || failure !== undefined) return

      // All that was sent has been, and all that was written but what was withdrawn or refused.
      const unsent = queued.filter(({ id }) => !begun.has(id))
      for (const { told, left, error } of unsent) expect(told !== undefined && (left || error !== undefined)).toBe(true)
      expect(connection.bytesWritten).toBe(sent.length)
    }),
    { numRuns: 1500 },
  )
})

it('ends each write in time: taken, withdrawn at its deadline, or failed with the connection', () => {
  fc.assert(
    fc.property(plan, plan => {
      const { queued, failure } = play(plan)
      for (const { from, to, due, error } of queued) {
        if (to === undefined) continue
        // So long it may wait, and so long the kernel may take over it once it has begun.
        expect(to).toBeLessThanOrEqual(due + (due - from))
        if (error?.name === 'SendTimeoutError' && error.outcome === 'unsent') expect(to).toBe(due)
        if (error?.name === 'BacklogError' && failure === undefined) expect(to).toBe(from)
      }
    }),
    { numRuns: 700 },
  )
})

/** What became of a message that was sent or written. */
interface Queued {
  readonly id: number
  readonly length: number
  readonly from: number
  readonly due: number
  to: number | undefined
  /** What its writer was told; undefined where nobody waits. */
  readonly told: unknown[] | undefined
  left: boolean
  error: KafkaError | undefined
}

function play({ messages, durations, end, timeout, maxQueuedBytes }: Plan) {
  const queued: Queued[] = []
  const sent: Buffer[] = []
  let connection: Connection | undefined
  let failure: unknown
  let writes = 0

  function add(connection: Connection, { how, length, timeout, left, next }: Omit<Message, 'at'>): void {
    const id = queued.length + 1
    const from = asyncScheduler.now()
    const told: unknown[] | undefined = how === 'write' ? [] : undefined
    const entry: Queued = { id, length, from, due: from + timeout, to: undefined, told, left: false, error: undefined }
    queued.push(entry)
    if (told === undefined) {
      connection.send.next(Buffer.alloc(length, id))
      return
    }
    const subscription = connection.write(Buffer.alloc(length, id), { timeout }).subscribe({
      next: count => {
        told.push(count)
        if (next) add(connection, { ...next, timeout: Number.POSITIVE_INFINITY, left: undefined, next: undefined })
      },
      error: (error: KafkaError) => {
        told.push(error.name)
        entry.error = error
        entry.to = asyncScheduler.now()
      },
      complete: () => {
        told.push('complete')
        entry.to = asyncScheduler.now()
      },
    })
    if (left === undefined) return
    timer(left).subscribe(() => {
      entry.left = entry.to === undefined
      subscription.unsubscribe()
    })
  }

  inVirtualTime(() => {
    const transport = scripted({
      incoming: peerOf(end),
      write: defer(() => {
        const duration = durations[writes++ % durations.length] as number
        return duration === 0 ? EMPTY : timer(duration)
      }),
    })
    transport.sent.subscribe(bytes => sent.push(bytes))
    const subscription = connect({ host: 'broker', transport, timeout, maxQueuedBytes }).subscribe({
      next: opened => {
        connection = opened
        for (const message of messages) timer(message.at).subscribe(() => add(opened, message))
      },
      error: error => {
        failure = error
      },
    })
    if (end === undefined) return
    timer(end.at).subscribe(() => {
      if (end.how === 'close') connection?.close()
      if (end.how === 'send.complete') connection?.send.complete()
      if (end.how === 'unsubscribe') subscription.unsubscribe()
    })
  })
  if (connection === undefined) throw new Error('the script opens at once')
  return { queued, sent: Buffer.concat(sent), connection, failure }
}

/** Sends nothing, and ends as the plan says. */
function peerOf(end: Plan['end']): Observable<never> {
  if (end?.how === 'fin') return timer(end.at).pipe(ignoreElements())
  return end?.how === 'reset' ? timer(end.at).pipe(mergeMap(() => throwError(() => new Error('reset')))) : NEVER
}

/** How many bytes of each number there are in a row. */
function inRuns(bytes: Buffer): Map<number, number> {
  const runs = new Map<number, number>()
  let last: number | undefined
  for (const id of bytes) {
    if (id !== last && runs.has(id)) throw new Error(`message ${id} was sent twice, or in parts`)
    runs.set(id, (runs.get(id) ?? 0) + 1)
    last = id
  }
  return runs
}
