import { describe, expect, it } from 'vitest'
import { knownApis } from '../../src/broker/api-facts.js'
import { laneOf } from '../../src/cluster/lane-of.js'
import { findErrorCode, routingErrors } from '../../src/cluster/routing-error.js'

const { leader, coordinator, controller, none } = routingErrors

describe('the code of who is not the one to ask', () => {
  it.each([
    ['at the top', { errorCode: 16 }, coordinator, 16],
    ['of a topic', { topics: [{ errorCode: 0 }, { errorCode: 41 }] }, controller, 41],
    ['of a partition', { topics: [{ partitions: [{ errorCode: 0 }, { errorCode: 6 }] }] }, leader, 6],
    ['of a kind that says nothing about that', { topics: [{ partitions: [{ errorCode: 1 }] }] }, leader, undefined],
    ['of another kind', { errorCode: 16 }, leader, undefined],
    ['where every broker is right', { errorCode: 6 }, none, undefined],
    ['that is none', { errorCode: 0, topics: [] }, leader, undefined],
    ['in records, which are not looked at', { records: Buffer.from([6]) }, leader, undefined],
    ['in nothing', null, leader, undefined],
  ])('%s', (_where, answer, codes, code) => {
    expect(findErrorCode(answer, codes)).toBe(code)
  })
})

describe('the lane of an API', () => {
  it('keeps apart what may wait', () => {
    const lanes = new Map<string, string[]>()
    for (const name of knownApis) lanes.set(laneOf({ name }), [...(lanes.get(laneOf({ name })) ?? []), name])
    expect([...lanes.keys()].toSorted()).toEqual(['fetch:request', 'join:request', 'produce:request', 'rest', 'slow'])
    expect(lanes.get('fetch:request')).toEqual(['Fetch', 'ShareFetch'])
    expect(lanes.get('join:request')).toEqual(['JoinGroup', 'SyncGroup'])
    expect(lanes.get('slow')).toEqual(expect.arrayContaining(['CreateTopics', 'DeleteTopics', 'DeleteRecords']))
    expect(lanes.get('rest')).toEqual(expect.arrayContaining(['Metadata', 'Heartbeat', 'OffsetCommit', 'LeaveGroup']))
  })
})
