import { describe, expect, it } from 'vitest'
import { ProducerIdentity } from '../../src/producer/producer-identity.js'
import { SequencedBatch } from '../../src/producer/sequenced-batch.js'
import { Sequences } from '../../src/producer/sequences.js'
import { type ErrorName, errors } from '../../src/protocol/error-codes.js'

class Named extends SequencedBatch {
  readonly name: string
  constructor(name: string, count: number) {
    super(count)
    this.name = name
  }
}

/** What one line of a table does. Batches are named a, b, c ... in their order and have ten records. */
type Event =
  | readonly ['send', count: number, leader: 'A' | 'B']
  | readonly ['retry', leader: 'A' | 'B']
  | readonly ['ok' | 'lost' | 'unsent' | 'give up', name: string]
  | readonly ['error', name: string, error: ErrorName]
  | readonly ['replace', name: string, ...parts: (readonly [name: string, count: number])[]]
  | readonly ['given', producerId: number, epoch: number]
  | readonly ['another partition needs a new epoch' | 'wanted?' | 'made anew' | 'idle?']
  | readonly ['pass', seconds: number]

type Table = readonly (readonly [event: Event, effect?: string])[]

/** Runs the events of a table and writes down what each returns; what goes out is `epoch:sequence name`. */
function play(table: Table, identity: ProducerIdentity): string[][] {
  const sequences = new Sequences<Named>(identity)
  const batches = new Map<string, Named>()
  const get = (name: string) => batches.get(name) as Named
  const make = (name: string, count: number) => {
    const batch = new Named(name, count)
    batches.set(name, batch)
    return batch
  }
  let made = 0
  let now = 0

  /** Hands to the leader what goes, at most so many new ones. */
  function send(count: number, leader: string): string {
    const sent: string[] = []
    const node = leader.charCodeAt(0)
    for (let left = count; ; ) {
      const turn = sequences.turn(node)
      if (turn === 'wait' || (turn === 'new' && left-- === 0)) break
      const batch = turn === 'new' ? make(String.fromCharCode(97 + made++), 10) : turn
      sequences.handed(batch, node, now)
      sent.push(`${batch.producerEpoch}:${batch.baseSequence} ${batch.name}`)
    }
    return sent.join(', ') || '-'
  }

  function told({ fate, news }: ReturnType<typeof sequences.answered>): string {
    return news === undefined ? fate : `${fate}, ${news}`
  }

  function run(event: Event): string {
    switch (event[0]) {
      case 'send':
        return send(event[1], event[2])
      case 'retry':
        return send(0, event[1])
      case 'ok':
        return told(sequences.answered(get(event[1]), 0, now))
      case 'error':
        return told(sequences.answered(get(event[1]), errors[event[2]].code, now))
      case 'lost':
        return told(sequences.lost(get(event[1]), 'unknown'))
      case 'unsent':
        return told(sequences.lost(get(event[1]), 'unsent'))
      case 'give up':
        return sequences.gaveUp(get(event[1]))
      case 'replace': {
        const [, name, ...parts] = event
        sequences.replace(
          get(name),
          parts.map(part => make(...part)),
        )
        return ''
      }
      case 'given':
        identity.given(BigInt(event[1]), event[2])
        return ''
      case 'another partition needs a new epoch':
        identity.renew({ producerId: identity.producerId, producerEpoch: identity.producerEpoch })
        return ''
      case 'wanted?':
        return String(identity.wanted)
      case 'made anew':
        sequences.madeAnew()
        return ''
      case 'idle?':
        return String(sequences.idle)
      case 'pass':
        now += event[1] * 1000
        return ''
    }
  }
  return table.map(([event, effect = '']) => [event.join(' '), run(event), effect])
}

/** Begins with a leader A that knows the producer, as most tables do. */
const known: Table = [
  [['send', 9, 'A'], '0:0 a'],
  [['ok', 'a'], 'delivered'],
]

const tables: Record<string, Table> = {
  'numbers at handing, one batch until the leader knows the producer, then up to five': [
    [['send', 9, 'A'], '0:0 a'],
    [['send', 9, 'A'], '-'],
    [['ok', 'a'], 'delivered'],
    [['send', 9, 'A'], '0:10 b, 0:20 c, 0:30 d, 0:40 e, 0:50 f'],
    [['send', 9, 'A'], '-'],
    [['ok', 'b'], 'delivered'],
    [['send', 9, 'A'], '0:60 g'],
  ],
  'sends none five turns after the oldest, though those between are acknowledged': [
    ...known,
    [['send', 5, 'A'], '0:10 b, 0:20 c, 0:30 d, 0:40 e, 0:50 f'],
    [['error', 'b', 'REQUEST_TIMED_OUT'], 'again'],
    [['ok', 'c'], 'delivered'],
    [['ok', 'd'], 'delivered'],
    [['ok', 'e'], 'delivered'],
    [['ok', 'f'], 'delivered'],
    [['send', 9, 'A'], '0:10 b'],
    [['error', 'b', 'DUPLICATE_SEQUENCE_NUMBER'], 'delivered'],
    [['send', 9, 'A'], '0:60 g, 0:70 h, 0:80 i, 0:90 j, 0:100 k'],
  ],
  '(a) a fresh partition gets one batch, so that the one behind a lost one is not taken for the first': [
    [['send', 9, 'A'], '0:0 a'],
    [['error', 'a', 'NOT_LEADER_OR_FOLLOWER'], 'again'],
    [['send', 9, 'A'], '0:0 a'],
    [['error', 'a', 'NOT_LEADER_OR_FOLLOWER'], 'again'],
    [['send', 9, 'B'], '0:0 a'],
    [['ok', 'a'], 'delivered'],
    [['send', 2, 'B'], '0:10 b, 0:20 c'],
  ],
  '(b) written without enough replicas, then one out of order: both go again, the first first, alone': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['error', 'b', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND'], 'again'],
    [['retry', 'A'], '-'],
    [['error', 'c', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['send', 9, 'A'], '0:10 b'],
    [['ok', 'b'], 'delivered'],
    [['send', 1, 'A'], '0:20 c, 0:30 d'],
  ],
  '(c) five lost, the new leader has three: the first alone, then the others in order under their numbers': [
    ...known,
    [['send', 5, 'A'], '0:10 b, 0:20 c, 0:30 d, 0:40 e, 0:50 f'],
    [['lost', 'b'], 'again'],
    [['lost', 'c'], 'again'],
    [['lost', 'd'], 'again'],
    [['retry', 'B'], '-'],
    [['lost', 'e'], 'again'],
    [['lost', 'f'], 'again'],
    [['send', 9, 'B'], '0:10 b'],
    [['ok', 'b'], 'delivered'],
    [['send', 9, 'B'], '0:20 c, 0:30 d, 0:40 e, 0:50 f, 0:60 g'],
  ],
  '(d) refused for good with others behind it, all refused: they close up in the same epoch': [
    ...known,
    [['send', 4, 'A'], '0:10 b, 0:20 c, 0:30 d, 0:40 e'],
    [['error', 'b', 'INVALID_RECORD'], 'refused'],
    [['replace', 'b']],
    [['send', 9, 'A'], '-'],
    [['error', 'c', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['error', 'd', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['send', 9, 'A'], '-'],
    [['error', 'e', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['send', 9, 'A'], '0:10 c'],
    [['ok', 'c'], 'delivered'],
    [['send', 1, 'A'], '0:20 d, 0:30 e, 0:40 f'],
  ],
  '(d) refused for good, those behind it lost: not in the log either, but stragglers need a new epoch': [
    ...known,
    [['send', 3, 'A'], '0:10 b, 0:20 c, 0:30 d'],
    [['error', 'b', 'INVALID_RECORD'], 'refused'],
    [['replace', 'b']],
    [['lost', 'c'], 'again'],
    [['lost', 'd'], 'again'],
    [['send', 9, 'A'], '1:0 c'],
    [['ok', 'c'], 'delivered'],
    [['retry', 'A'], '1:10 d'],
  ],
  '(d) the same, and one behind it was taken all the same: the log has no gap': [
    ...known,
    [['send', 3, 'A'], '0:10 b, 0:20 c, 0:30 d'],
    [['error', 'b', 'INVALID_RECORD'], 'refused'],
    [['replace', 'b']],
    [['ok', 'c'], 'delivered'],
    [['ok', 'd'], 'delivered'],
    [['send', 1, 'A'], '0:40 e'],
  ],
  'refused with nothing behind it: the next new one takes its numbers': [
    ...known,
    [['send', 1, 'A'], '0:10 b'],
    [['error', 'b', 'INVALID_RECORD'], 'refused'],
    [['replace', 'b']],
    [['send', 9, 'A'], '0:10 c'],
  ],
  'refused after an attempt that may have been appended: nobody knows': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['lost', 'b'], 'again'],
    [['lost', 'c'], 'again'],
    [['retry', 'A'], '0:10 b'],
    [['error', 'b', 'MESSAGE_TOO_LARGE'], 'unknown'],
    [['retry', 'A'], '0:20 c'],
    [['ok', 'c'], 'delivered'],
    [['send', 1, 'A'], '0:30 d'],
  ],
  '(e) another partition moves to the next epoch: this one goes on in its own until nothing is under way': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['another partition needs a new epoch']],
    [['send', 1, 'A'], '0:30 d'],
    [['ok', 'b'], 'delivered'],
    [['lost', 'c'], 'again'],
    [['lost', 'd'], 'again'],
    [['retry', 'A'], '0:20 c'],
    [['ok', 'c'], 'delivered'],
    [['retry', 'A'], '0:30 d'],
    [['ok', 'd'], 'delivered'],
    [['send', 9, 'A'], '1:0 e'],
    [['ok', 'e'], 'delivered'],
    [['send', 2, 'A'], '1:10 f, 1:20 g'],
  ],
  '(g) a deadline passes in flight: the others fly on, and the late answer says that all is well': [
    ...known,
    [['send', 3, 'A'], '0:10 b, 0:20 c, 0:30 d'],
    [['give up', 'b'], 'unknown'],
    [['retry', 'B'], '-'],
    [['ok', 'b'], 'told'],
    [['ok', 'c'], 'delivered'],
    [['send', 1, 'A'], '0:40 e'],
  ],
  '(g) the same, and no answer: what may be there tries on under its number until it is given up': [
    ...known,
    [['send', 3, 'A'], '0:10 b, 0:20 c, 0:30 d'],
    [['give up', 'b'], 'unknown'],
    [['lost', 'b'], 'told'],
    [['lost', 'c'], 'again'],
    [['unsent', 'd'], 'again'],
    [['send', 9, 'A'], '0:20 c'],
    [['error', 'c', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['send', 9, 'A'], '0:20 c'],
    [['give up', 'c'], 'unknown'],
    [['error', 'c', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'told'],
    [['send', 9, 'A'], '1:0 d'],
  ],
  '(g) the same, and the one behind it is there: so is the one that was given up': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['lost', 'b'], 'again'],
    [['lost', 'c'], 'again'],
    [['give up', 'b'], 'unknown'],
    [['retry', 'B'], '0:20 c'],
    [['ok', 'c'], 'delivered'],
    [['send', 1, 'B'], '0:30 d'],
  ],
  '(g) given up with nothing behind it: the next goes under a new epoch': [
    ...known,
    [['send', 1, 'A'], '0:10 b'],
    [['lost', 'b'], 'again'],
    [['give up', 'b'], 'unknown'],
    [['idle?'], 'true'],
    [['send', 9, 'A'], '1:0 c'],
  ],
  '(h) the topic is made anew: what flies is answered, then all begins in a new epoch': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['made anew']],
    [['send', 1, 'A'], '-'],
    [['error', 'b', 'UNKNOWN_TOPIC_OR_PARTITION'], 'again'],
    [['lost', 'c'], 'again'],
    [['send', 9, 'B'], '1:0 b'],
    [['ok', 'b'], 'delivered'],
    [['send', 1, 'B'], '1:10 c, 1:20 d'],
  ],
  '(h) made anew while one waits and others fly: nothing goes to the new log before those are answered': [
    ...known,
    [['send', 3, 'A'], '0:10 b, 0:20 c, 0:30 d'],
    [['error', 'b', 'REQUEST_TIMED_OUT'], 'again'],
    [['ok', 'c'], 'delivered'],
    [['made anew']],
    [['retry', 'A'], '-'],
    [['error', 'd', 'UNKNOWN_TOPIC_ID'], 'again'],
    [['retry', 'A'], '1:0 b'],
  ],
  '(i) after a minute of silence the leader may have forgotten: one at a time, under the numbers that follow': [
    ...known,
    [['pass', 61]],
    [['send', 9, 'A'], '0:10 b'],
    [['ok', 'b'], 'delivered'],
    [['pass', 59]],
    [['send', 2, 'A'], '0:20 c, 0:30 d'],
  ],
  '(i) the leader says that it has forgotten: a new epoch': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['error', 'b', 'UNKNOWN_PRODUCER_ID'], 'again'],
    [['error', 'c', 'UNKNOWN_PRODUCER_ID'], 'again'],
    [['retry', 'A'], '1:0 b'],
    [['ok', 'b'], 'delivered'],
    [['retry', 'A'], '1:10 c'],
  ],
  '(j) the first is out of order: acknowledged records are gone, which is told once; a new epoch': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['lost', 'b'], 'again'],
    [['lost', 'c'], 'again'],
    [['retry', 'B'], '0:10 b'],
    [['error', 'b', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again, data-lost'],
    [['retry', 'B'], '1:0 b'],
    [['ok', 'b'], 'delivered'],
    [['retry', 'B'], '1:10 c'],
  ],
  '(j) two in flight are out of order: data-lost is told of the first alone': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['error', 'b', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again, data-lost'],
    [['error', 'c', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['retry', 'A'], '1:0 b'],
  ],
  '(k) one that never left is unsent, one that was answered is rejected, and both give their numbers back': [
    ...known,
    [['send', 1, 'A'], '0:10 b'],
    [['unsent', 'b'], 'again'],
    [['give up', 'b'], 'unsent'],
    [['send', 1, 'A'], '0:10 c'],
    [['error', 'c', 'NOT_ENOUGH_REPLICAS'], 'again'],
    [['give up', 'c'], 'rejected'],
    [['send', 1, 'A'], '0:10 d'],
  ],
  'given back are only numbers behind the last acknowledged one': [
    ...known,
    [['send', 3, 'A'], '0:10 b, 0:20 c, 0:30 d'],
    [['error', 'b', 'REQUEST_TIMED_OUT'], 'again'],
    [['ok', 'c'], 'delivered'],
    [['unsent', 'd'], 'again'],
    [['give up', 'd'], 'unsent'],
    [['send', 9, 'A'], '0:10 b'],
    [['ok', 'b'], 'delivered'],
    [['send', 1, 'A'], '0:30 e'],
  ],
  'given up before one that is acknowledged: the leader has what it expects, and the epoch stays': [
    ...known,
    [['send', 3, 'A'], '0:10 b, 0:20 c, 0:30 d'],
    [['error', 'b', 'REQUEST_TIMED_OUT'], 'again'],
    [['ok', 'c'], 'delivered'],
    [['give up', 'b'], 'unknown'],
    [['lost', 'd'], 'again'],
    [['send', 9, 'A'], '0:30 d'],
    [['ok', 'd'], 'delivered'],
    [['send', 1, 'A'], '0:40 e'],
  ],
  '(l) epochs are exhausted: what needs a new one waits for a new id': [
    [['given', 7, 32767]],
    [['send', 9, 'A'], '32767:0 a'],
    [['lost', 'a'], 'again'],
    [['give up', 'a'], 'unknown'],
    [['send', 9, 'A'], '-'],
    [['wanted?'], 'true'],
    [['given', 8, 0]],
    [['send', 9, 'A'], '0:0 b'],
  ],
  '(l) another partition has exhausted the epochs: this one goes on': [
    [['given', 7, 32767]],
    [['send', 9, 'A'], '32767:0 a'],
    [['another partition needs a new epoch']],
    [['ok', 'a'], 'delivered'],
    [['wanted?'], 'true'],
    [['send', 1, 'A'], '32767:10 b'],
  ],
  '(m) a frozen leader holds the others back until its connection has ended': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['send', 9, 'B'], '-'],
    [['give up', 'b'], 'unknown'],
    [['give up', 'c'], 'unknown'],
    [['send', 9, 'B'], '-'],
    [['idle?'], 'false'],
    [['lost', 'b'], 'told'],
    [['send', 9, 'B'], '-'],
    [['lost', 'c'], 'told'],
    [['send', 9, 'B'], '1:0 d'],
  ],
  'another epoch of this producer has written: a new id, told once': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['error', 'b', 'INVALID_PRODUCER_EPOCH'], 'again, producer-fenced'],
    [['error', 'c', 'INVALID_PRODUCER_EPOCH'], 'again'],
    [['retry', 'A'], '-'],
    [['wanted?'], 'true'],
    [['given', 9, 3]],
    [['retry', 'A'], '3:0 b'],
  ],
  'fenced, and an attempt before that may have been appended: nobody knows': [
    ...known,
    [['send', 1, 'A'], '0:10 b'],
    [['lost', 'b'], 'again'],
    [['retry', 'A'], '0:10 b'],
    [['error', 'b', 'PRODUCER_FENCED'], 'unknown, producer-fenced'],
    [['send', 1, 'A'], '-'],
  ],
  'too large: its halves go in its place under its numbers': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['error', 'b', 'MESSAGE_TOO_LARGE'], 'too-large'],
    [['replace', 'b', ['b1', 4], ['b2', 6]]],
    [['error', 'c', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['send', 9, 'A'], '0:10 b1'],
    [['ok', 'b1'], 'delivered'],
    [['retry', 'A'], '0:14 b2, 0:20 c'],
  ],
  'smaller ones in its place push the last of five out of what a leader remembers: that one waits': [
    ...known,
    [['send', 5, 'A'], '0:10 b, 0:20 c, 0:30 d, 0:40 e, 0:50 f'],
    [['error', 'b', 'MESSAGE_TOO_LARGE'], 'too-large'],
    [['replace', 'b', ['b1', 4], ['b2', 3], ['b3', 3]]],
    [['error', 'c', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['error', 'd', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['error', 'e', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['error', 'f', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['send', 9, 'A'], '0:10 b1'],
    [['ok', 'b1'], 'delivered'],
    [['send', 9, 'A'], '0:14 b2, 0:17 b3, 0:20 c, 0:30 d, 0:40 e'],
  ],
  'a gap stays where the batch behind it is given up: what follows cannot be in the log': [
    ...known,
    [['send', 3, 'A'], '0:10 b, 0:20 c, 0:30 d'],
    [['error', 'b', 'INVALID_RECORD'], 'refused'],
    [['replace', 'b']],
    [['lost', 'c'], 'again'],
    [['lost', 'd'], 'again'],
    [['give up', 'c'], 'unknown'],
    [['send', 9, 'A'], '1:0 d'],
  ],
  'a bad record: the others go again, and those behind close up': [
    ...known,
    [['send', 2, 'A'], '0:10 b, 0:20 c'],
    [['error', 'b', 'INVALID_RECORD'], 'refused'],
    [['replace', 'b', ['b1', 9]]],
    [['error', 'c', 'OUT_OF_ORDER_SEQUENCE_NUMBER'], 'again'],
    [['send', 9, 'A'], '0:10 b1'],
    [['ok', 'b1'], 'delivered'],
    [['send', 1, 'A'], '0:19 c, 0:29 d'],
  ],
  'a transaction ends with nothing under way: the next begins at 0 in the epoch that it gave': [
    ...known,
    [['given', 7, 1]],
    [['send', 9, 'A'], '1:0 b'],
  ],
}

describe('Sequences', () => {
  it.each(Object.entries(tables))('%s', (_name, table) => {
    const identity = new ProducerIdentity()
    identity.given(7n, 0)
    const lines = play(table, identity)
    expect(lines.map(([event, effect]) => `${event}: ${effect}`)).toEqual(
      lines.map(([event, , expected]) => `${event}: ${expected}`),
    )
  })

  it('waits for the id before anything goes', () => {
    const identity = new ProducerIdentity()
    const sequences = new Sequences(identity)
    expect([sequences.turn(1), identity.wanted]).toEqual(['wait', true])
    identity.given(7n, 0)
    expect([sequences.turn(1), identity.wanted]).toEqual(['new', false])
  })

  it('(f) goes on at 0 behind the last sequence, in mid-batch too', () => {
    const identity = new ProducerIdentity()
    identity.given(7n, 0)
    const sequences = new Sequences(identity)
    const bases = [2 ** 30, 2 ** 30 - 5, 10, 10, 10].map(count => {
      const batch = new SequencedBatch(count)
      expect(sequences.turn(1)).toBe('new')
      sequences.handed(batch, 1, 0)
      sequences.answered(batch, 0, 0)
      return batch.baseSequence
    })
    expect(bases).toEqual([0, 2 ** 30, 2 ** 31 - 5, 5, 15])
  })

  it('without idempotence one batch at a time, without numbers; retries may write twice', () => {
    const lines = play(
      [
        [['send', 9, 'A'], '-1:-1 a'],
        [['send', 9, 'A'], '-'],
        [['lost', 'a'], 'again'],
        [['send', 9, 'B'], '-1:-1 a'],
        [['ok', 'a'], 'delivered'],
        [['send', 9, 'B'], '-1:-1 b'],
        [['lost', 'b'], 'again'],
        [['give up', 'b'], 'unknown'],
        [['send', 9, 'B'], '-1:-1 c'],
        [['error', 'c', 'MESSAGE_TOO_LARGE'], 'too-large'],
        [['replace', 'c', ['c1', 5], ['c2', 5]]],
        [['send', 9, 'B'], '-1:-1 c1'],
        [['lost', 'c1'], 'again'],
        [['give up', 'c1'], 'unknown'],
        [['send', 9, 'B'], '-1:-1 c2'],
        [['ok', 'c2'], 'delivered'],
        [['wanted?'], 'false'],
      ],
      new ProducerIdentity(false),
    )
    expect(lines.map(([, effect]) => effect)).toEqual(lines.map(([, , expected]) => expected))
  })
})
