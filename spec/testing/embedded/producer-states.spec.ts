import { expect, it } from 'vitest'
import { type RecordBatch, recordBatches } from '../../../src/protocol/index.js'
import { afterBatch, type ProducerState, standingOf } from '../../../src/testing/embedded/producer-states.js'
import { batchOf } from './behaviour/world.js'

interface Written {
  readonly epoch?: number
  readonly sequence: number
  readonly count?: number
  readonly isTransactional?: boolean
}

function batch({ epoch = 0, sequence, count = 1, isTransactional = false }: Written): RecordBatch {
  const values = Array.from({ length: count }, () => 'x')
  const header = { producerId: 7n, producerEpoch: epoch, baseSequence: sequence, isTransactional }
  const [read] = recordBatches(batchOf(values, header))
  if (read === undefined) throw new Error('no batch')
  return read
}

/** What a partition remembers after these, each at the offset of its place. */
const stateAfter = (...written: readonly Written[]) =>
  written.reduce<ProducerState | undefined>(
    (state, one, index) => afterBatch(state, batch(one), { baseOffset: BigInt(index), maxTimestamp: 0n }),
    undefined,
  )

const last = 0x7fffffff

it.each<readonly [what: string, before: readonly Written[], next: Written, standing: unknown]>([
  ['the first of a producer', [], { sequence: 0 }, 'new'],
  ['the first that this partition sees, whatever its number', [], { sequence: 9 }, 'new'],
  ['the next', [{ sequence: 0, count: 3 }], { sequence: 3 }, 'new'],
  ['the same again', [{ sequence: 0, count: 3 }], { sequence: 0, count: 3 }, { seen: { baseOffset: 0n } }],
  ['an earlier one again', [0, 1, 2].map(sequence => ({ sequence })), { sequence: 1 }, { seen: { baseOffset: 1n } }],
  [
    'the fifth before again',
    [0, 1, 2, 3, 4].map(sequence => ({ sequence })),
    { sequence: 0 },
    { seen: { baseOffset: 0n } },
  ],
  [
    'one from before that',
    [0, 1, 2, 3, 4, 5].map(sequence => ({ sequence })),
    { sequence: 0 },
    { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
  ],
  [
    'one with another length',
    [{ sequence: 0, count: 3 }],
    { sequence: 0, count: 2 },
    { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
  ],
  ['one after a gap', [{ sequence: 0 }], { sequence: 2 }, { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }],
  ['the next after the last number', [{ sequence: last }], { sequence: 0 }, 'new'],
  ['the next after one that goes beyond the last number', [{ sequence: last - 1, count: 4 }], { sequence: 2 }, 'new'],
  ['the first of the next epoch', [{ sequence: 5 }], { epoch: 1, sequence: 0 }, 'new'],
  [
    'a later one of the next epoch',
    [{ sequence: 5 }],
    { epoch: 1, sequence: 6 },
    { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' },
  ],
  [
    'one of the epoch before',
    [{ epoch: 1, sequence: 0 }],
    { epoch: 0, sequence: 1 },
    { error: 'INVALID_PRODUCER_EPOCH' },
  ],
  [
    'one outside the transaction that is open',
    [{ sequence: 0, isTransactional: true }],
    { sequence: 1 },
    { error: 'INVALID_TXN_STATE' },
  ],
])('%s', (_what, before, next, standing) => {
  const found = standingOf(stateAfter(...before), batch(next))
  if (typeof standing === 'string') expect(found).toBe(standing)
  else expect(found).toMatchObject(standing as object)
})

it('a transaction begins with its first batch and goes on with the others', () => {
  const transactional = { isTransactional: true }
  const state = stateAfter({ sequence: 0 }, { sequence: 1, ...transactional }, { sequence: 2, ...transactional })
  expect(state?.firstOffsetOfTransaction).toBe(1n)
})
