import type { Subscriber } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Request } from '../../src/broker/request.js'
import { RequestMachine } from '../../src/broker/request-machine.js'
import { makeRoute } from '../../src/broker/route.js'
import { Metadata } from '../../src/protocol/index.js'

const NEVER = Number.POSITIVE_INFINITY
const route = makeRoute(Metadata, 12, 'client')
const nobody = { withdraw: () => {} }

interface Facts {
  readonly answered?: boolean
  readonly urgent?: boolean
  /** While it waits, and from its turn on. */
  readonly size?: number
  readonly exactly?: number
  /** For how long the broker may hold the answer back. */
  readonly wait?: number
  /** Whether that comes on top of its own time. */
  readonly plusWait?: boolean
  readonly patience?: number
  /** What its user does when asked for the body; false: it cannot be encoded. */
  readonly asked?: () => boolean
}

class Named extends Request {
  readonly name: string
  readonly #facts: Facts

  constructor(name: string, timeout: number, now: number, facts: Facts = {}) {
    const { urgent = false, plusWait = false, patience = timeout } = facts
    super(
      nobody,
      route,
      {},
      { timeout, plusWait, patience, patienceGrows: true, urgent, onWritten: undefined },
      now,
      {} as Subscriber<unknown>,
    )
    this.name = name
    this.#facts = facts
    this.isAnswered = facts.answered ?? true
    this.size = facts.size ?? 10
  }

  override encode(): boolean {
    const { wait = 0, exactly = this.size, asked = () => true } = this.#facts
    this.wait = wait
    this.size = exactly
    this.parts = []
    return asked()
  }
}

/** What one line of a table does; the time is the line's own. */
type Event =
  | readonly ['add', name: string, timeout?: number, facts?: Facts]
  | readonly ['withdraw' | 'answer', name: string]
  | readonly ['take' | 'written' | 'expire' | 'end' | 'hold' | 'release' | 'canSend' | 'lookAt' | 'read']
  | readonly ['queuedBytes' | 'busyUntil']
  | readonly ['stray', id: number]
  | readonly ['mute' | 'session', until: number]

type Table = readonly (readonly [time: number, event: Event, effect?: string])[]

/** Runs the events of a table and writes down what each returns. */
function play(table: Table, maxInFlight = 3): string[][] {
  const machine = new RequestMachine({ maxInFlight, maxRequestBytes: 100, maxBatchBytes: 50, maxQueuedBytes: 200 })
  const requests = new Map<string, Named>()
  let lastReadAt = Number.NEGATIVE_INFINITY
  const get = (name: string) => requests.get(name) as Named
  const names = (list: readonly Request[]) => list.map(request => (request as Named).name).join(' ') || '-'

  function run(now: number, event: Event): string {
    switch (event[0]) {
      case 'add': {
        const [, name, timeout = NEVER, facts] = event
        const request = new Named(name, timeout, now, facts)
        requests.set(name, request)
        return machine.add(request) ? '' : 'no room'
      }
      case 'withdraw':
        machine.withdraw(get(event[1]))
        return get(event[1]).phase
      case 'take': {
        const { batch, unsent } = machine.take(now)
        return unsent.length > 0 ? `${names(batch)}, unsent ${names(unsent)}` : names(batch)
      }
      case 'written':
        return names(machine.written(now))
      case 'answer': {
        const { phase } = get(event[1])
        return machine.answered(get(event[1]).correlationId) === undefined ? 'stray' : phase
      }
      case 'stray':
        return machine.answered(event[1]) === undefined ? 'stray' : 'found'
      case 'read':
        lastReadAt = now
        return ''
      case 'expire': {
        const { unsent, alone, dead } = machine.expire(now, lastReadAt)
        return `unsent ${names(unsent)}, alone ${names(alone)}, dead ${dead === undefined ? '-' : names([dead])}`
      }
      case 'end': {
        const { unsent, unknown } = machine.end()
        return `unsent ${names(unsent)}, unknown ${names(unknown)}`
      }
      case 'canSend':
        return String(machine.canSend(now))
      case 'lookAt':
        return String(machine.lookAt(lastReadAt))
      case 'queuedBytes':
      case 'busyUntil':
        return String(machine[event[0]])
      case 'mute':
        machine.mute(event[1])
        return ''
      case 'session':
        machine.sessionEnds = event[1]
        return ''
      case 'hold':
      case 'release':
        machine[event[0]]()
        return ''
    }
  }
  return table.map(([time, event, effect = '']) => [`${time}: ${event.join(' ')}`, run(time, event), effect])
}

const tables: Record<string, Table> = {
  'gives what was asked in one turn as one batch, and the next only when that is written': [
    [0, ['canSend'], 'false'],
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['canSend'], 'true'],
    [0, ['take'], 'a b'],
    [0, ['add', 'c']],
    [0, ['take'], '-'],
    [1, ['written'], 'a b'],
    [1, ['take'], 'c'],
  ],
  'sends no more than may be in flight, the rest in order as answers come': [
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['add', 'c']],
    [0, ['add', 'd']],
    [0, ['add', 'e']],
    [0, ['take'], 'a b c'],
    [0, ['written'], 'a b c'],
    [0, ['canSend'], 'false'],
    [1, ['answer', 'a'], 'sent'],
    [1, ['take'], 'd'],
    [1, ['written'], 'd'],
    [2, ['answer', 'b'], 'sent'],
    [2, ['answer', 'c'], 'sent'],
    [2, ['take'], 'e'],
  ],
  'splits what is too long for one batch, and sends what is too long by itself': [
    [0, ['add', 'a', NEVER, { size: 30 }]],
    [0, ['add', 'b', NEVER, { size: 30 }]],
    [0, ['add', 'c', NEVER, { size: 100 }]],
    [0, ['take'], 'a'],
    [0, ['written'], 'a'],
    [0, ['take'], 'b'],
    [0, ['written'], 'b'],
    [0, ['take'], 'c'],
  ],
  'splits by what a request turns out to be, and asks for its body once all the same': [
    [0, ['add', 'a', NEVER, { size: 1, exactly: 30 }]],
    [0, ['add', 'b', NEVER, { size: 1, exactly: 30, asked: once() }]],
    [0, ['queuedBytes'], '2'],
    [0, ['take'], 'a'],
    [0, ['queuedBytes'], '60'],
    [0, ['written'], 'a'],
    [0, ['queuedBytes'], '30'],
    [0, ['take'], 'b'],
  ],
  'has room until the kernel has taken what waits, answered or not': [
    [0, ['add', 'a', NEVER, { size: 50 }]],
    [0, ['add', 'b', NEVER, { size: 100 }]],
    [0, ['add', 'c', NEVER, { size: 51 }], 'no room'],
    [0, ['add', 'hello', NEVER, { size: 51, urgent: true }]],
    [0, ['queuedBytes'], '201'],
    [0, ['take'], 'hello'],
    [0, ['written'], 'hello'],
    [0, ['take'], 'a'],
    [0, ['add', 'd', NEVER, { size: 51 }], 'no room'],
    [0, ['written'], 'a'],
    [0, ['queuedBytes'], '100'],
    [0, ['add', 'e', NEVER, { size: 100 }]],
    [0, ['withdraw', 'e'], 'ended'],
    [0, ['queuedBytes'], '100'],
  ],
  'never sends what is too long, or cannot be encoded': [
    [0, ['add', 'a']],
    [0, ['add', 'long', NEVER, { exactly: 101 }]],
    [0, ['add', 'wrong', NEVER, { asked: () => false }]],
    [0, ['add', 'b']],
    [0, ['take'], 'a b, unsent long wrong'],
    [0, ['written'], 'a b'],
    [0, ['queuedBytes'], '0'],
    [0, ['answer', 'a'], 'sent'],
    [0, ['answer', 'b'], 'sent'],
  ],
  'never sends what is overdue when its turn comes': [
    [0, ['add', 'a', 10]],
    [0, ['add', 'b', 20]],
    [10, ['take'], 'b, unsent a'],
    [10, ['written'], 'b'],
    [10, ['answer', 'b'], 'sent'],
  ],
  'forgets what is withdrawn while it waits': [
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['add', 'c']],
    [0, ['withdraw', 'b'], 'ended'],
    [0, ['take'], 'a c'],
    [0, ['end'], 'unsent -, unknown a c'],
  ],
  'consumes the answer to what was withdrawn after it was sent, and the next is right': [
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['take'], 'a b'],
    [0, ['withdraw', 'a'], 'dropped'],
    [0, ['written'], 'b'],
    [1, ['answer', 'a'], 'dropped'],
    [1, ['answer', 'b'], 'sent'],
  ],
  'counts what nobody waits for any more as in flight': [
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['add', 'c']],
    [0, ['add', 'd']],
    [0, ['take'], 'a b c'],
    [0, ['written'], 'a b c'],
    [0, ['withdraw', 'b'], 'dropped'],
    [0, ['canSend'], 'false'],
  ],
  'takes answers in order alone': [
    [0, ['stray', 0], 'stray'],
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['take'], 'a b'],
    [0, ['answer', 'b'], 'stray'],
    [0, ['stray', 77], 'stray'],
    [0, ['answer', 'a'], 'sent'],
    [0, ['answer', 'a'], 'stray'],
    [0, ['answer', 'b'], 'sent'],
  ],
  'ends what is not answered once it is written, and lets it pass the cap': [
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['add', 'c']],
    [0, ['add', 'zero', NEVER, { answered: false }]],
    [0, ['add', 'd']],
    [0, ['take'], 'a b c zero'],
    [1, ['written'], 'a b c zero'],
    [1, ['answer', 'a'], 'sent'],
    [1, ['end'], 'unsent d, unknown b c'],
  ],
  'tells nobody of a write that was withdrawn': [
    [0, ['add', 'zero', NEVER, { answered: false }]],
    [0, ['take'], 'zero'],
    [0, ['withdraw', 'zero'], 'ended'],
    [1, ['written'], '-'],
  ],
  'times out what waits without a trace': [
    [0, ['add', 'a', 30]],
    [0, ['add', 'b', 30]],
    [0, ['add', 'c', 30]],
    [0, ['add', 'd', 10]],
    [0, ['take'], 'a b c'],
    [0, ['lookAt'], '10'],
    [10, ['expire'], 'unsent d, alone -, dead -'],
    [10, ['lookAt'], '30'],
    [10, ['written'], 'a b c'],
    [11, ['answer', 'a'], 'sent'],
    [11, ['canSend'], 'false'],
  ],
  'takes the connection for dead when nothing was read for as long as the oldest was given': [
    [0, ['add', 'a', 10]],
    [0, ['add', 'b', 20]],
    [0, ['take'], 'a b'],
    [0, ['written'], 'a b'],
    [9, ['expire'], 'unsent -, alone -, dead -'],
    [9, ['lookAt'], '10'],
    [10, ['expire'], 'unsent -, alone -, dead a'],
    [10, ['end'], 'unsent -, unknown a b'],
  ],
  'takes it for dead as well when nobody waits for the silent answer any more': [
    [0, ['add', 'a', 10]],
    [0, ['take'], 'a'],
    [0, ['written'], 'a'],
    [5, ['withdraw', 'a'], 'dropped'],
    [5, ['lookAt'], '10'],
    [10, ['expire'], 'unsent -, alone -, dead a'],
    [10, ['end'], 'unsent -, unknown -'],
  ],
  'counts from when it was written, not from when it was asked for: what waited in line fails alone': [
    [0, ['add', 'a', 10]],
    [8, ['take'], 'a'],
    [9, ['written'], 'a'],
    [10, ['expire'], 'unsent -, alone a, dead -'],
    [10, ['lookAt'], '19'],
    [19, ['expire'], 'unsent -, alone -, dead a'],
  ],
  'counts from when it was asked for where it went nearly at once: its deadline is that of the silence': [
    [0, ['add', 'a', 10]],
    [0, ['add', 'b', 30]],
    [0.7, ['take'], 'a b'],
    [0.9, ['written'], 'a b'],
    [0.9, ['lookAt'], '10'],
    [10, ['expire'], 'unsent -, alone -, dead a'],
  ],
  'owes nothing for what the kernel has not taken: that write has a deadline of its own': [
    [0, ['add', 'a', 10]],
    [0, ['take'], 'a'],
    [10, ['expire'], 'unsent -, alone a, dead -'],
    [10, ['lookAt'], 'Infinity'],
    [12, ['written'], '-'],
    [12, ['lookAt'], '22'],
  ],
  'counts from when something was last read, and consumes the late answer': [
    [0, ['add', 'a', 10]],
    [0, ['take'], 'a'],
    [0, ['written'], 'a'],
    [5, ['read']],
    [10, ['expire'], 'unsent -, alone a, dead -'],
    [10, ['lookAt'], '15'],
    [10, ['add', 'b', 10]],
    [10, ['take'], 'b'],
    [10, ['written'], 'b'],
    [12, ['read']],
    [12, ['answer', 'a'], 'late'],
    [12, ['answer', 'b'], 'sent'],
    [12, ['lookAt'], 'Infinity'],
  ],
  'counts from the end of the silence that the broker asked for': [
    [0, ['add', 'a', 10]],
    [0, ['add', 'b', 30]],
    [0, ['take'], 'a b'],
    [0, ['written'], 'a b'],
    [5, ['read']],
    [5, ['answer', 'a'], 'sent'],
    [5, ['mute', 25]],
    [30, ['expire'], 'unsent -, alone b, dead -'],
    [30, ['lookAt'], '55'],
  ],
  'gives up a request alone behind one that may still take its time, dropped or not': [
    [0, ['add', 'poll', 50]],
    [0, ['add', 'a', 10]],
    [0, ['add', 'b', 20]],
    [0, ['take'], 'poll a b'],
    [0, ['written'], 'poll a b'],
    [10, ['expire'], 'unsent -, alone a, dead -'],
    [10, ['lookAt'], '20'],
    [15, ['withdraw', 'poll'], 'dropped'],
    [20, ['expire'], 'unsent -, alone b, dead -'],
    [20, ['lookAt'], '50'],
    [50, ['expire'], 'unsent -, alone -, dead poll'],
  ],
  'is as patient as the broker may take by design, and puts off the deadline that nobody named': [
    [0, ['add', 'poll', 10, { wait: 40 }]],
    [0, ['add', 'own', 10, { wait: 40, plusWait: true }]],
    [0, ['lookAt'], '10'],
    [0, ['take'], 'poll own'],
    [0, ['written'], 'poll own'],
    [10, ['expire'], 'unsent -, alone poll, dead -'],
    [10, ['lookAt'], '50'],
    [40, ['read']],
    [40, ['answer', 'poll'], 'late'],
    [50, ['expire'], 'unsent -, alone own, dead -'],
    [50, ['lookAt'], '90'],
    [90, ['expire'], 'unsent -, alone -, dead own'],
  ],
  'leaves it to the silence of the connection when a request has no deadline': [
    [0, ['add', 'a', NEVER, { patience: 30 }]],
    [0, ['add', 'b', NEVER, { patience: 10 }]],
    [0, ['take'], 'a b'],
    [0, ['written'], 'a b'],
    [0, ['lookAt'], '30'],
    [20, ['read']],
    [20, ['answer', 'a'], 'sent'],
    [20, ['lookAt'], '30'],
    [30, ['expire'], 'unsent -, alone -, dead b'],
  ],
  'says until when a long poll that nobody waits for may hold up the rest': [
    [0, ['add', 'poll', NEVER, { wait: 40 }]],
    [0, ['add', 'a', 5]],
    [0, ['add', 'late', 10, { wait: 20 }]],
    [0, ['take'], 'poll a late'],
    [1, ['written'], 'poll a late'],
    [1, ['busyUntil'], '-Infinity'],
    [2, ['withdraw', 'poll'], 'dropped'],
    [2, ['withdraw', 'a'], 'dropped'],
    [2, ['busyUntil'], '41'],
    [10, ['expire'], 'unsent -, alone late, dead -'],
    [20, ['answer', 'poll'], 'dropped'],
    [20, ['answer', 'a'], 'dropped'],
    [20, ['busyUntil'], '41'],
    [20, ['answer', 'late'], 'late'],
    [20, ['busyUntil'], '-Infinity'],
  ],
  'gives up a write without an answer that takes too long': [
    [0, ['add', 'zero', 10, { answered: false }]],
    [0, ['take'], 'zero'],
    [5, ['expire'], 'unsent -, alone -, dead -'],
    [5, ['lookAt'], '10'],
    [10, ['expire'], 'unsent -, alone zero, dead -'],
    [11, ['written'], '-'],
  ],
  'is silent while the broker asks for it': [
    [0, ['add', 'a']],
    [0, ['mute', 10]],
    [0, ['mute', 5]],
    [9, ['canSend'], 'false'],
    [9, ['take'], '-'],
    [10, ['canSend'], 'true'],
    [10, ['take'], 'a'],
  ],
  'lets nothing but a handshake go while one is under way, whatever else holds requests back': [
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['add', 'c']],
    [0, ['take'], 'a b c'],
    [0, ['written'], 'a b c'],
    [0, ['hold']],
    [0, ['mute', 10]],
    [0, ['add', 'd']],
    [0, ['add', 'hello', NEVER, { urgent: true }]],
    [0, ['take'], 'hello'],
    [0, ['written'], 'hello'],
    [0, ['answer', 'a'], 'sent'],
    [0, ['answer', 'b'], 'sent'],
    [20, ['canSend'], 'false'],
    [20, ['release']],
    [20, ['take'], 'd'],
  ],
  'sends nothing but a handshake once the session is over, and the rest in the next one': [
    [0, ['session', 10]],
    [9, ['add', 'a']],
    [9, ['take'], 'a'],
    [9, ['written'], 'a'],
    [10, ['add', 'b']],
    [10, ['canSend'], 'false'],
    [10, ['take'], '-'],
    [11, ['add', 'hello', NEVER, { urgent: true }]],
    [11, ['take'], 'hello'],
    [11, ['written'], 'hello'],
    [12, ['canSend'], 'false'],
    [12, ['session', 22]],
    [12, ['take'], 'b'],
  ],
  'gives a handshake behind a long poll its own time after that': [
    [0, ['add', 'poll', 50]],
    [0, ['take'], 'poll'],
    [0, ['written'], 'poll'],
    [1, ['add', 'hello', 10, { urgent: true }]],
    [1, ['take'], 'hello'],
    [1, ['written'], 'hello'],
    [11, ['expire'], 'unsent -, alone -, dead -'],
    [11, ['lookAt'], '50'],
    [49, ['read']],
    [49, ['answer', 'poll'], 'sent'],
    [49, ['lookAt'], '59'],
    [59, ['expire'], 'unsent -, alone -, dead hello'],
  ],
  'tells apart what was not sent from what may have been done, when the connection ends': [
    [0, ['add', 'a']],
    [0, ['add', 'gone']],
    [0, ['add', 'zero', NEVER, { answered: false }]],
    [0, ['take'], 'a gone zero'],
    [0, ['withdraw', 'gone'], 'dropped'],
    [0, ['add', 'b']],
    [0, ['add', 'hello', NEVER, { urgent: true }]],
    [1, ['end'], 'unsent hello b, unknown a zero'],
    [1, ['end'], 'unsent -, unknown -'],
    [1, ['canSend'], 'false'],
  ],
}

describe('the request machine', () => {
  it.each(Object.entries(tables))('%s', (_name, table) => {
    const lines = play(table)
    expect(lines.map(([event, effect]) => [event, effect])).toEqual(lines.map(([event, , wanted]) => [event, wanted]))
  })

  it('goes round with its correlation ids before they are negative', () => {
    const machine = new RequestMachine(unlimited, 2 ** 31 - 1)
    const [last, first] = [new Named('last', NEVER, 0), new Named('first', NEVER, 0)]
    machine.add(last)
    machine.add(first)
    machine.take(0)
    expect([last.correlationId, first.correlationId]).toEqual([2 ** 31 - 1, 0])
    expect([machine.answered(2 ** 31 - 1), machine.answered(0)]).toEqual([last, first])
  })

  describe('asks for a body from inside which', () => {
    const playWith = (asked: (machine: RequestMachine, all: Named[]) => void) => {
      const machine = new RequestMachine({ ...unlimited, maxInFlight: 2 })
      const all: Named[] = []
      const act = () => {
        asked(machine, all)
        return true
      }
      all.push(new Named('a', NEVER, 0), new Named('b', NEVER, 0, { asked: act }), new Named('c', NEVER, 0))
      for (const request of all) machine.add(request)
      const { batch, unsent } = machine.take(0)
      return { machine, batch: batch.map(it => (it as Named).name), unsent, all }
    }

    it('its own request is withdrawn: the others go', () => {
      const { machine, batch } = playWith((machine, all) => machine.withdraw(all[1] as Named))
      expect([batch, machine.queuedBytes]).toEqual([['a', 'c'], 20])
    })

    it('one of the same batch is withdrawn: it is not sent', () => {
      const { machine, batch, all } = playWith((machine, all) => machine.withdraw(all[0] as Named))
      expect([batch, machine.queuedBytes]).toEqual([['b', 'c'], 20])
      expect(machine.answered(all[1]?.correlationId ?? 0)).toBe(all[1])
    })

    it('the connection ends: none of the batch was sent', () => {
      let lost = ''
      const { batch } = playWith(machine => {
        const { unsent, unknown } = machine.end()
        lost = `${unsent.map(it => (it as Named).name)}, unknown ${unknown.length}`
      })
      expect([batch, lost]).toEqual([[], 'a,b,c, unknown 0'])
    })

    it('another turn is asked for: it brings nothing', () => {
      let inner: unknown
      const { batch } = playWith(machine => {
        inner = machine.take(0)
      })
      expect([batch, inner]).toEqual([['a', 'b'], { batch: [], unsent: [] }])
    })
  })

  it('withdraws one of many in the same time as one of few', () => {
    const machine = new RequestMachine({ ...unlimited, maxInFlight: 1 })
    const many = Array.from({ length: 200_000 }, (_, index) => new Named(String(index), NEVER, 0))
    for (const request of many) machine.add(request)
    for (const request of many.slice(1).toReversed()) machine.withdraw(request)
    expect(machine.take(0).batch).toEqual([many[0]])
  })

  it('looks at no more than some twenty deadlines for each of 16,000 that expire one after another', () => {
    let looks = 0
    class Counted extends Named {
      readonly #due: number
      constructor(due: number) {
        super('', NEVER, 0)
        this.#due = due
        Object.defineProperty(this, 'due', {
          get: () => {
            looks++
            return this.#due
          },
        })
      }
    }
    const machine = new RequestMachine(unlimited)
    const count = 16_000
    // Not in the order in which they are due.
    for (let index = 0; index < count; index++) machine.add(new Counted(1 + ((index * 7919) % count)))
    let expired = 0
    looks = 0
    for (let now = 1; now <= count; now++) {
      expired += machine.expire(now, 0).unsent.length
      machine.lookAt(0)
    }
    expect(expired).toBe(count)
    // Quadratic it would be 8,000 each.
    expect(looks / count).toBeLessThan(60)
  })
})

const unlimited = { maxInFlight: NEVER, maxRequestBytes: NEVER, maxBatchBytes: NEVER, maxQueuedBytes: NEVER }

/** Asked twice, it fails. */
function once(): () => boolean {
  let count = 0
  return () => count++ === 0
}
