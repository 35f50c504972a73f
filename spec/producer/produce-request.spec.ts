import { describe, expect, it } from 'vitest'
import { produceAnswers, produceRequest, produceVersion } from '../../src/producer/produce-request.js'
import { zeroUuid } from '../../src/protocol/uuid.js'

const ids: Readonly<Record<string, string>> = { a: 'AAAAAAAAAAAAAAAAAAAAAQ', b: 'AAAAAAAAAAAAAAAAAAAAAg' }
const asked = (...places: readonly string[]) =>
  places.map(place => {
    const [topic = '', partition] = place.split('-')
    return { topic, topicId: ids[topic] as string, partition: Number(partition), records: Buffer.alloc(1) }
  })

/** An answer of these topics and partitions. */
const answer = (isById: boolean, topics: Readonly<Record<string, readonly number[]>>) =>
  ({
    responses: Object.entries(topics).map(([topic, partitions]) => ({
      name: isById ? '' : topic,
      topicId: isById ? ids[topic] : zeroUuid,
      partitionResponses: partitions.map(index => ({ index, of: `${topic}-${index}` })),
    })),
  }) as never

describe('produceAnswers', () => {
  const found = (places: readonly string[], response: never) =>
    produceAnswers(asked(...places), response).map(one => (one as { of?: string } | undefined)?.of)

  it.each([true, false])('finds the answer of each, whatever the order (by id: %s)', isById => {
    const places = ['a-0', 'b-0', 'a-2', 'b-1', 'a-1']
    expect(found(places, answer(isById, { a: [0, 2, 1], b: [0, 1] }))).toEqual(places)
    expect(found(places, answer(isById, { b: [1, 0], a: [1, 2, 0] }))).toEqual(places)
  })

  it('finds none where the broker left it out', () => {
    expect(found(['a-0', 'b-0', 'a-1'], answer(true, { a: [1] }))).toEqual([undefined, undefined, 'a-1'])
  })

  it('takes no quadratic time over thousands of partitions', () => {
    const partitions = Array.from({ length: 5000 }, (_, n) => n)
    let looks = 0
    const look = (index: number) => {
      looks++
      return index
    }
    const watched = partitions.map(index => Object.defineProperty({}, 'index', { get: () => look(index) }))
    const response = { responses: [{ name: 'a', topicId: zeroUuid, partitionResponses: watched }] } as never
    produceAnswers(asked(...partitions.map(n => `a-${n}`)), response)
    expect(looks).toBeLessThan(20_000)
  })
})

it('asks for topics by id where all ids are known and the broker takes them', () => {
  expect(produceVersion(asked('a-0'), 13)).toBe(undefined)
  expect(produceVersion(asked('a-0'), 11)).toBe(11)
  expect(produceVersion([...asked('a-0'), { ...asked('b-0')[0], topicId: zeroUuid } as never], 13)).toBe(12)
})

it('puts the partitions of a topic together', () => {
  const { topicData } = produceRequest(asked('a-0', 'b-0', 'a-1'), -1, 1000)
  expect(topicData?.map(({ name, partitionData }) => [name, partitionData?.map(({ index }) => index)])).toEqual([
    ['a', [0, 1]],
    ['b', [0]],
  ])
})
