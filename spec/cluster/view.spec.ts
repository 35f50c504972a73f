import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeMetadata, nothingKnown, takeHint, type View } from '../../src/cluster/view.js'
import { errors } from '../../src/protocol/error-codes.js'
import { metadataOf } from './metadata-answer.js'

const leadersOf = (view: View, topic = 'a') =>
  view.topics.get(topic)?.partitions.map(({ leader, leaderEpoch }) => `${leader}@${leaderEpoch}`)

const known = mergeMetadata(nothingKnown, metadataOf({ a: ['id-a', [1, 5], [2, 7]], b: ['id-b', [1, 0]] }), false)

describe('an answer to Metadata', () => {
  it.each([
    ['a newer epoch', ['id-a', [2, 6], [2, 7]], ['2@6', '2@7']],
    ['the same epoch', ['id-a', [3, 5], [2, 7]], ['3@5', '2@7']],
    ['an older epoch of one partition', ['id-a', [2, 4], [3, 8]], ['1@5', '3@8']],
    ['older epochs of another topic id', ['id-z', [2, 0], [3, 0]], ['2@0', '3@0']],
    ['more partitions', ['id-a', [1, 5], [2, 7], [3, 0]], ['1@5', '2@7', '3@0']],
    ['no leader under a newer epoch', ['id-a', [-1, 6], [2, 7]], ['-1@6', '2@7']],
    ['a broker that knows no epochs', ['id-a', [3, -1], [3, -1]], ['3@-1', '3@-1']],
  ] as const)('with %s', (_what, topic, leaders) => {
    expect(leadersOf(mergeMetadata(known, metadataOf({ a: topic }), false))).toEqual(leaders)
  })

  it('keeps topics that it was not asked for, unless it was asked for all', () => {
    const answer = metadataOf({ a: ['id-a', [1, 6]] })
    expect([...mergeMetadata(known, answer, false).topics.keys()]).toEqual(['a', 'b'])
    expect([...mergeMetadata(known, answer, true).topics.keys()]).toEqual(['a'])
  })

  it('takes away what is not there, and says why; and gives it back', () => {
    const gone = mergeMetadata(known, metadataOf({ a: errors.UNKNOWN_TOPIC_OR_PARTITION.code }), false)
    expect([gone.topics.has('a'), gone.missing.get('a')]).toEqual([false, 3])
    const back = mergeMetadata(gone, metadataOf({ a: ['id-a', [1, 0]] }), false)
    expect([leadersOf(back), back.missing.has('a')]).toEqual([['1@0'], false])
  })

  it('lets go of brokers that it does not name', () => {
    expect([...mergeMetadata(known, metadataOf({}, [2, 4]), false).nodes.keys()]).toEqual([2, 4])
  })

  it('leaves a topic alone that is named by its id only', () => {
    const answer = metadataOf({ a: ['id-a', [2, 9]] })
    const nameless = { ...answer, topics: answer.topics.map(topic => ({ ...topic, name: null })) }
    expect(leadersOf(mergeMetadata(known, nameless, false))).toEqual(['1@5', '2@7'])
  })

  it('has its partitions in their order, however they come', () => {
    const answer = metadataOf({ c: ['id-c', [1, 0], [2, 0], [3, 0]] })
    const [topic] = answer.topics
    const turned = { ...answer, topics: topic ? [{ ...topic, partitions: topic.partitions.toReversed() }] : [] }
    expect(leadersOf(mergeMetadata(known, turned, false), 'c')).toEqual(['1@0', '2@0', '3@0'])
  })

  it('never takes an epoch back of a topic that is the same', () => {
    const leader = fc.integer({ min: 1, max: 3 })
    const epochs = fc.tuple(fc.tuple(leader, fc.nat(9)), fc.tuple(leader, fc.nat(9)))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), epochs), { maxLength: 20 }), answers => {
        let view = known
        for (const [isHint, [first, second]] of answers) {
          const before = view.topics.get('a')?.partitions.map(({ leaderEpoch }) => leaderEpoch) ?? []
          view = isHint
            ? takeHint(view, { topic: 'a', partition: 0, leaderId: first[0], leaderEpoch: first[1] }, [])
            : mergeMetadata(view, metadataOf({ a: ['id-a', first, second] }), false)
          const after = view.topics.get('a')?.partitions.map(({ leaderEpoch }) => leaderEpoch) ?? []
          expect(after.every((epoch, n) => epoch >= (before[n] ?? 0))).toBe(true)
        }
      }),
    )
  })
})

describe('a leader named in passing (KIP-951)', () => {
  const hint = { topic: 'a', partition: 0, leaderId: 2, leaderEpoch: 6 }
  const at = (id: number) => [{ id, host: `new-${id}`, port: 1 }]

  it('is taken, with where it lives', () => {
    const view = takeHint(known, { ...hint, leaderId: 9 }, at(9))
    expect([leadersOf(view), view.nodes.get(9)?.host]).toEqual([['9@6', '2@7'], 'new-9'])
  })

  it('is taken without an endpoint where the broker is known', () => {
    expect(leadersOf(takeHint(known, hint, []))).toEqual(['2@6', '2@7'])
  })

  it.each([
    ['without an endpoint of a broker that nobody knows', { ...hint, leaderId: 9 }, []],
    ['with an endpoint of another broker', { ...hint, leaderId: 9 }, at(8)],
    ['of the same epoch', { ...hint, leaderEpoch: 5 }, at(2)],
    ['of an older epoch', { ...hint, leaderEpoch: 4 }, at(2)],
    ['of no leader', { ...hint, leaderId: -1 }, []],
    ['of a topic that is not known', { ...hint, topic: 'x' }, at(2)],
    ['of a partition that is not known', { ...hint, partition: 7 }, at(2)],
  ])('%s changes nothing', (_what, leader, endpoints) => {
    expect(takeHint(known, leader, endpoints)).toBe(known)
  })
})
