import { describe, expect, it } from 'vitest'

import { ProtocolError } from '../../../src/errors.js'
import {
  RecordBatchWriter,
  readControlRecord,
  recordBatches,
  transactionMarker,
} from '../../../src/protocol/records/index.js'
import { readVectors } from './vectors.js'

describe('readControlRecord', () => {
  it.each(['commit', 'abort'] as const)('reads a %s that is written as Java writes it', type => {
    const vector = readVectors().find(({ name }) => name === `control: ${type.toUpperCase()}`)
    const writer = new RecordBatchWriter({
      baseOffset: 55n,
      producerId: 99n,
      producerEpoch: 4,
      isTransactional: true,
      isControl: true,
      partitionLeaderEpoch: 6,
    })
    writer.append({ ...transactionMarker(type, 123456), timestamp: 1_763_800_000_000n })
    const bytes = writer.close()
    expect(bytes).toEqual(vector?.bytes)
    const [batch] = recordBatches(bytes)
    const [record] = batch ?? []
    expect(record && readControlRecord(record)).toEqual({ type, coordinatorEpoch: 123456 })
  })

  it('passes over what it does not know', () => {
    const key = Buffer.from('00000063', 'hex')
    expect(readControlRecord({ key, value: null })).toEqual({ type: 'unknown', coordinatorEpoch: null })
  })

  it.each([
    ['no key', null, null],
    ['a short key', '0000', null],
    ['a version below zero', 'ffff0000', '000000000000'],
    ['a short value', '00000001', '0000'],
    ['no value', '00000001', null],
  ])('refuses %s', (_, key, value) => {
    const bytes = (hex: string | null) => (hex === null ? null : Buffer.from(hex, 'hex'))
    expect(() => readControlRecord({ key: bytes(key), value: bytes(value) })).toThrow(ProtocolError)
  })
})
