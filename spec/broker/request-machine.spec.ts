import { describe, expect, it } from 'vitest'
import { Pending, RequestMachine } from '../../src/broker/request-machine.js'

const NEVER = Number.POSITIVE_INFINITY

class Named extends Pending<Named> {
  readonly name: string
  constructor(
    name: string,
    timeout: number,
    now: number,
    facts: { answered?: boolean; urgent?: boolean; size?: number } = {},
  ) {
    const { answered = true, urgent = false, size = 10 } = facts
    super({ timeout, due: now + timeout, size, answered, urgent })
    this.name = name
  }
}

/** What one line of a table does; the time is the line's own. */
type Event =
  | readonly ['add', name: string, timeout?: number, facts?: ConstructorParameters<typeof Named>[3]]
  | readonly ['withdraw' | 'answer', name: string]
  | readonly ['take' | 'written' | 'expire' | 'end' | 'hold' | 'release' | 'canSend' | 'lookAt']
  | readonly ['read', bytes: number]
  | readonly ['stray', id: number]
  | readonly ['mute' | 'session', until: number]

/** Runs the events of a table and writes down what each returns. */
function play(table: readonly (readonly [time: number, event: Event, effect?: string])[], maxInFlight = 3): string[][] {
  const machine = new RequestMachine<Named>({ maxInFlight, maxBatchBytes: 50 })
  const requests = new Map<string, Named>()
  let bytesRead = 0
  const get = (name: string) => requests.get(name) as Named
  const names = (list: readonly Named[]) => list.map(({ name }) => name).join(' ') || '-'

  function run(now: number, event: Event): string {
    switch (event[0]) {
      case 'add': {
        const [, name, timeout = NEVER, facts] = event
        const request = new Named(name, timeout, now, facts)
        requests.set(name, request)
        machine.add(request)
        return ''
      }
      case 'withdraw':
        machine.withdraw(get(event[1]))
        return get(event[1]).phase
      case 'take':
        return names(machine.take(now, bytesRead))
      case 'written':
        return names(machine.written())
      case 'answer': {
        const answered = machine.answered(get(event[1]).correlationId)
        return answered === undefined ? 'stray' : answered.phase
      }
      case 'stray':
        return machine.answered(event[1]) === undefined ? 'stray' : 'found'
      case 'read':
        bytesRead += event[1]
        return ''
      case 'expire': {
        const { unsent, alone, dead } = machine.expire(now, bytesRead)
        return `unsent ${names(unsent)}, alone ${names(alone)}, dead ${dead?.name ?? '-'}`
      }
      case 'end': {
        const { unsent, unknown } = machine.end()
        return `unsent ${names(unsent)}, unknown ${names(unknown)}`
      }
      case 'canSend':
        return String(machine.canSend(now))
      case 'lookAt':
        return String(machine.lookAt)
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

const tables: Record<string, readonly (readonly [time: number, event: Event, effect?: string])[]> = {
  'gives what was asked in one turn as one batch, and the next only when that is written': [
    [0, ['canSend'], 'false'],
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['canSend'], 'true'],
    [0, ['take'], 'a b'],
    [0, ['add', 'c']],
    [0, ['take'], '-'],
    [1, ['written'], '-'],
    [1, ['take'], 'c'],
  ],
  'sends no more than may be in flight, the rest in order as answers come': [
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['add', 'c']],
    [0, ['add', 'd']],
    [0, ['add', 'e']],
    [0, ['take'], 'a b c'],
    [0, ['written'], '-'],
    [0, ['canSend'], 'false'],
    [1, ['answer', 'a'], 'sent'],
    [1, ['take'], 'd'],
    [1, ['written'], '-'],
    [2, ['answer', 'b'], 'sent'],
    [2, ['answer', 'c'], 'sent'],
    [2, ['take'], 'e'],
  ],
  'splits what is too long for one batch, and sends what is too long by itself': [
    [0, ['add', 'a', NEVER, { size: 30 }]],
    [0, ['add', 'b', NEVER, { size: 30 }]],
    [0, ['add', 'c', NEVER, { size: 100 }]],
    [0, ['take'], 'a'],
    [0, ['written'], '-'],
    [0, ['take'], 'b'],
    [0, ['written'], '-'],
    [0, ['take'], 'c'],
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
    [1, ['answer', 'a'], 'dropped'],
    [1, ['answer', 'b'], 'sent'],
  ],
  'counts what nobody waits for any more as in flight': [
    [0, ['add', 'a']],
    [0, ['add', 'b']],
    [0, ['add', 'c']],
    [0, ['add', 'd']],
    [0, ['take'], 'a b c'],
    [0, ['written'], '-'],
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
    [1, ['written'], 'zero'],
    [1, ['answer', 'a'], 'sent'],
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
    [10, ['written'], '-'],
    [11, ['answer', 'a'], 'sent'],
    [11, ['canSend'], 'false'],
  ],
  'takes the connection for dead when nothing was read since the request was sent': [
    [0, ['add', 'a', 10]],
    [0, ['add', 'b', 20]],
    [0, ['take'], 'a b'],
    [0, ['written'], '-'],
    [10, ['expire'], 'unsent -, alone -, dead a'],
    [10, ['end'], 'unsent -, unknown a b'],
  ],
  'takes it for dead as well when nobody waits for the silent answer any more': [
    [0, ['add', 'a', 10]],
    [0, ['take'], 'a'],
    [5, ['withdraw', 'a'], 'dropped'],
    [10, ['expire'], 'unsent -, alone -, dead a'],
    [10, ['end'], 'unsent -, unknown -'],
  ],
  'gives up a request alone while something is read, and consumes its late answer': [
    [0, ['add', 'a', 10]],
    [0, ['take'], 'a'],
    [0, ['written'], '-'],
    [5, ['read', 1]],
    [10, ['expire'], 'unsent -, alone a, dead -'],
    [10, ['lookAt'], 'Infinity'],
    [10, ['add', 'b', 10]],
    [10, ['take'], 'b'],
    [12, ['answer', 'a'], 'late'],
    [12, ['answer', 'b'], 'sent'],
  ],
  'gives up a request alone behind one that may still take its time, dropped or not': [
    [0, ['add', 'poll', 50]],
    [0, ['add', 'a', 10]],
    [0, ['add', 'b', 20]],
    [0, ['take'], 'poll a b'],
    [0, ['written'], '-'],
    [10, ['expire'], 'unsent -, alone a, dead -'],
    [10, ['lookAt'], '20'],
    [15, ['withdraw', 'poll'], 'dropped'],
    [20, ['expire'], 'unsent -, alone b, dead -'],
    [20, ['lookAt'], '50'],
    [50, ['expire'], 'unsent -, alone -, dead poll'],
  ],
  'does not wait behind one that has had its own time': [
    [0, ['add', 'a', 10]],
    [0, ['take'], 'a'],
    [0, ['written'], '-'],
    [5, ['read', 1]],
    [10, ['expire'], 'unsent -, alone a, dead -'],
    [10, ['add', 'b', 10]],
    [10, ['take'], 'b'],
    [10, ['written'], '-'],
    [20, ['expire'], 'unsent -, alone -, dead b'],
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
    [0, ['written'], '-'],
    [0, ['hold']],
    [0, ['mute', 10]],
    [0, ['add', 'd']],
    [0, ['add', 'hello', NEVER, { urgent: true }]],
    [0, ['take'], 'hello'],
    [0, ['written'], '-'],
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
    [9, ['written'], '-'],
    [10, ['add', 'b']],
    [10, ['canSend'], 'false'],
    [10, ['take'], '-'],
    [11, ['add', 'hello', NEVER, { urgent: true }]],
    [11, ['take'], 'hello'],
    [11, ['written'], '-'],
    [12, ['canSend'], 'false'],
    [12, ['session', 22]],
    [12, ['take'], 'b'],
  ],
  'gives a handshake behind a long poll its own time after that': [
    [0, ['add', 'poll', 50]],
    [0, ['add', 'hello', 10, { urgent: true }]],
    [0, ['take'], 'hello poll'],
    [0, ['written'], '-'],
    [1, ['answer', 'hello'], 'sent'],
    [1, ['add', 'again', 10, { urgent: true }]],
    [1, ['take'], 'again'],
    [1, ['written'], '-'],
    [11, ['expire'], 'unsent -, alone -, dead -'],
    [11, ['lookAt'], '50'],
    [49, ['read', 1]],
    [49, ['answer', 'poll'], 'sent'],
    [50, ['expire'], 'unsent -, alone -, dead -'],
    [50, ['lookAt'], '60'],
    [60, ['expire'], 'unsent -, alone again, dead -'],
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
    const machine = new RequestMachine<Named>({ maxInFlight: NEVER, maxBatchBytes: 50 }, 2 ** 31 - 1)
    const [last, first] = [new Named('last', NEVER, 0), new Named('first', NEVER, 0)]
    machine.add(last)
    machine.add(first)
    machine.take(0, 0)
    expect([last.correlationId, first.correlationId]).toEqual([2 ** 31 - 1, 0])
    expect([machine.answered(2 ** 31 - 1), machine.answered(0)]).toEqual([last, first])
  })

  it('withdraws and expires one of many in the same time as one of few', () => {
    const machine = new RequestMachine<Named>({ maxInFlight: 1, maxBatchBytes: 50 })
    const many = Array.from({ length: 200_000 }, (_, index) => new Named(String(index), NEVER, 0))
    for (const request of many) machine.add(request)
    for (const request of many.slice(1).toReversed()) machine.withdraw(request)
    expect(machine.take(0, 0)).toEqual([many[0]])
  })
})
