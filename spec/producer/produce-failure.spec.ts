import { describe, expect, it } from 'vitest'
import { produceFailure } from '../../src/producer/produce-failure.js'
import { type ErrorName, errors } from '../../src/protocol/error-codes.js'

const meaning: Partial<Record<ErrorName, string>> = {
  NONE: 'written',
  DUPLICATE_SEQUENCE_NUMBER: 'written',
  // Also answered after the append, by a leader that waits for replicas.
  NOT_LEADER_OR_FOLLOWER: 'maybe, again',
  REQUEST_TIMED_OUT: 'maybe, again',
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 'maybe, again',
  UNKNOWN_TOPIC_OR_PARTITION: 'maybe, again',
  UNKNOWN_TOPIC_ID: 'maybe, again',
  KAFKA_STORAGE_ERROR: 'maybe, again',
  UNKNOWN_SERVER_ERROR: 'maybe, end',
  // Answered before the append.
  NOT_ENOUGH_REPLICAS: 'not, again',
  CORRUPT_MESSAGE: 'not, again',
  THROTTLING_QUOTA_EXCEEDED: 'not, again',
  MESSAGE_TOO_LARGE: 'not, split',
  RECORD_LIST_TOO_LARGE: 'not, split',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'not, order',
  UNKNOWN_PRODUCER_ID: 'not, forgotten',
  INVALID_PRODUCER_EPOCH: 'not, fenced',
  PRODUCER_FENCED: 'not, fenced',
  INVALID_RECORD: 'not, end',
  INVALID_TIMESTAMP: 'not, end',
  TOPIC_AUTHORIZATION_FAILED: 'not, end',
  CLUSTER_AUTHORIZATION_FAILED: 'not, end',
  UNSUPPORTED_COMPRESSION_TYPE: 'not, end',
}

const inWords = (code: number): string => {
  const failure = produceFailure(code)
  return failure === undefined ? 'written' : `${failure.appended ? 'maybe' : 'not'}, ${failure.remedy}`
}

describe('produceFailure', () => {
  it.each(Object.entries(meaning))('%s: %s', (name, expected) => {
    expect(inWords(errors[name as ErrorName].code)).toBe(expected)
  })

  it('takes a code that this release does not know for one that may have been appended', () => {
    expect(inWords(9999)).toBe('maybe, end')
  })
})
