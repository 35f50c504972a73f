import { ProtocolError } from 'kafka-rx'
import { describe, expect, it } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/group/consumer-protocol-bytes.js'

const subscription = {
  topics: ['b', 'a'],
  owned: [
    { topic: 'b', partition: 1 },
    { topic: 'a', partition: 7 },
    { topic: 'b', partition: 0 },
  ],
  generation: 5,
  rack: 'r',
  userData: Buffer.from([9]),
}
const sorted = {
  ...subscription,
  topics: ['a', 'b'],
  owned: [
    { topic: 'a', partition: 7 },
    { topic: 'b', partition: 0 },
    { topic: 'b', partition: 1 },
  ],
}

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const topicsAB = '00000002 0001 61 0001 62'
const userData9 = '00000001 09'
const ownedAB = '00000002 0001 61 00000001 00000007 0001 62 00000002 00000000 00000001'

describe('the subscription of a member', () => {
  it.each([
    [0, `0000 ${topicsAB} ${userData9}`, { ...sorted, owned: [], generation: -1, rack: null }],
    [1, `0001 ${topicsAB} ${userData9} ${ownedAB}`, { ...sorted, generation: -1, rack: null }],
    [2, `0002 ${topicsAB} ${userData9} ${ownedAB} 00000005`, { ...sorted, rack: null }],
    [3, `0003 ${topicsAB} ${userData9} ${ownedAB} 00000005 0001 72`, sorted],
  ])('is written in version %i, sorted, and read back', (version, bytes, read) => {
    expect(encodeSubscription(subscription, version)).toEqual(hex(bytes))
    expect(decodeSubscription(hex(bytes))).toEqual(read)
  })

  it('is written in the newest version unless told otherwise', () => {
    expect(encodeSubscription(subscription)).toEqual(encodeSubscription(subscription, 3))
  })

  it('is read from a client that knows a newer version', () => {
    expect(decodeSubscription(hex(`0007 ${topicsAB} ${userData9} ${ownedAB} 00000005 0001 72 ffff`))).toEqual(sorted)
  })

  it('is read from a client that says version 1 and writes version 0', () => {
    const read = { ...sorted, owned: [], generation: -1, rack: null }
    expect(decodeSubscription(hex(`0001 ${topicsAB} ${userData9}`))).toEqual(read)
  })

  it('takes an empty rack for none', () => {
    expect(decodeSubscription(encodeSubscription({ ...subscription, rack: '' })).rack).toBeNull()
  })

  it('is refused without a version, below the lowest and without topics', () => {
    for (const bytes of ['', '00', 'ffff 00000000 ffffffff', '0003 00000005 0001 61']) {
      expect(() => decodeSubscription(hex(bytes)), bytes).toThrow(ProtocolError)
    }
  })
})

describe('the assignment of a member', () => {
  const partitions = [
    { topic: 'b', partition: 1 },
    { topic: 'a', partition: 7 },
    { topic: 'b', partition: 0 },
  ]
  const together = [partitions[0], partitions[2], partitions[1]]
  const body = '00000002 0001 62 00000002 00000001 00000000 0001 61 00000001 00000007 ffffffff'

  it('is written topic by topic in the order given, and read back in any version', () => {
    expect(encodeAssignment({ partitions, userData: null })).toEqual(hex(`0003 ${body}`))
    for (const version of ['0000', '0001', '0003', '7fff']) {
      expect(decodeAssignment(hex(`${version} ${body}`))).toEqual({ partitions: together, userData: null })
    }
  })

  it('is none where the leader left the member out', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toEqual({ partitions: [], userData: null })
  })

  it('is refused when it is cut short', () => {
    expect(() => decodeAssignment(hex('0003 00000002 0001 62'))).toThrow(ProtocolError)
  })
})
