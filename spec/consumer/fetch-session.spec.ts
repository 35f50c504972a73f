import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AskedPartition, FetchSession, nextEpoch, type SessionPart } from '../../src/consumer/fetch-session.js'
import { errors } from '../../src/protocol/error-codes.js'

const asked = (topic: string, partition: number, fetchOffset = 0n, topicId = `id-${topic}`): AskedPartition => ({
  topic,
  topicId,
  partition,
  fetchOffset,
  leaderEpoch: 1,
  lastEpoch: -1,
  maxBytes: 100,
})
const [a0, a1, b0] = [asked('a', 0), asked('a', 1), asked('b', 0)]

/** `a-0@5` of each partition that a request asks for, `-a-1` of each that it forgets. */
function shown({ sessionId, sessionEpoch, topics, forgottenTopicsData = [] }: SessionPart): string {
  const wanted = topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, fetchOffset }) => `${topic}-${partition}@${fetchOffset}`),
  )
  const forgotten = forgottenTopicsData.flatMap(({ topicId, partitions = [] }) =>
    partitions.map(partition => `-${topicId}-${partition}`),
  )
  return [`${sessionId}/${sessionEpoch}`, ...wanted, ...forgotten].join(' ')
}

describe('a fetch session', () => {
  const opened = (...partitions: readonly AskedPartition[]) => {
    const session = new FetchSession()
    session.request(partitions, true)
    session.answered(0, 7)
    return session
  }

  it('names all partitions at first, then those that have changed, and forgets who is not wanted', () => {
    const session = new FetchSession()
    expect(shown(session.request([a0, a1, b0], true))).toBe('0/0 a-0@0 a-1@0 b-0@0')
    session.answered(0, 7)
    expect(shown(session.request([a0, asked('a', 1, 5n), b0], true))).toBe('7/1 a-1@5')
    session.answered(0, 7)
    expect(shown(session.request([a0, b0], true))).toBe('7/2 -id-a-1')
    session.answered(0, 7)
    expect(shown(session.request([a0, b0], true))).toBe('7/3')
    session.answered(0, 7)
    expect(shown(session.request([a0, asked('a', 1, 5n), b0], true))).toBe('7/4 a-1@5')
  })

  it('forgets a topic that was made anew by the id that it had', () => {
    const session = opened(a0)
    expect(shown(session.request([asked('a', 0, 0n, 'id-new')], true))).toBe('7/1 a-0@0 -id-a-0')
  })

  it('stays without one where the broker gives none', () => {
    const session = new FetchSession()
    session.request([a0], true)
    session.answered(0, 0)
    expect(shown(session.request([a0], true))).toBe('0/0 a-0@0')
  })

  it.each([
    ['FETCH_SESSION_ID_NOT_FOUND', true, '0/0 a-0@0'],
    // The id stays: the broker ends that session and opens another.
    ['INVALID_FETCH_SESSION_EPOCH', true, '7/0 a-0@0'],
    ['FETCH_SESSION_TOPIC_ID_ERROR', true, '7/0 a-0@0'],
    ['UNKNOWN_SERVER_ERROR', false, '7/0 a-0@0'],
  ] as const)('begins anew after %s', (name, isRefused, next) => {
    const session = opened(a0)
    session.request([a0], true)
    expect(session.answered(errors[name].code, 0)).toBe(isRefused)
    expect(shown(session.request([a0], true))).toBe(next)
  })

  it('begins anew when nobody knows whether the last request came, or topics go by name now', () => {
    const lost = opened(a0)
    lost.lost()
    expect(shown(lost.request([a0], true))).toBe('7/0 a-0@0')
    expect(shown(opened(a0).request([a0], false))).toBe('7/0 a-0@0')
  })

  it('counts on from 1 when epochs are used up', () => {
    expect([0, 1, 2 ** 31 - 1].map(nextEpoch)).toEqual([1, 2, 1])
  })
})

/** What a broker keeps of a session, as KIP-227 has it. */
class ModelBroker {
  session: { id: number; epoch: number; partitions: Map<string, bigint> } | undefined
  #nextId = 1

  /** What is read for the request; the error otherwise. */
  fetch({ sessionId = 0, sessionEpoch, topics, forgottenTopicsData = [] }: SessionPart) {
    const named = topics.flatMap(({ topicId, partitions }) =>
      partitions.map(({ partition, fetchOffset }) => [`${topicId}/${partition}`, fetchOffset] as const),
    )
    if (sessionEpoch === 0) {
      this.session = { id: this.#nextId++, epoch: 1, partitions: new Map(named) }
      return { errorCode: 0, sessionId: this.session.id, read: new Map(named) }
    }
    const { session } = this
    const refused = (name: keyof typeof errors) => ({ errorCode: errors[name].code, sessionId: 0, read: undefined })
    if (session === undefined || session.id !== sessionId) return refused('FETCH_SESSION_ID_NOT_FOUND')
    if (session.epoch !== sessionEpoch) return refused('INVALID_FETCH_SESSION_EPOCH')
    for (const [key, offset] of named) session.partitions.set(key, offset)
    for (const { topicId, partitions = [] } of forgottenTopicsData) {
      for (const partition of partitions) session.partitions.delete(`${topicId}/${partition}`)
    }
    session.epoch++
    return { errorCode: 0, sessionId, read: new Map(session.partitions) }
  }
}

it('has the broker read exactly what is wanted, whatever is lost and forgotten on the way', () => {
  const wanted = fc.uniqueArray(
    fc.record({ topic: fc.constantFrom('a', 'b'), partition: fc.nat(2), offset: fc.bigInt(0n, 3n), id: fc.nat(1) }),
    { selector: ({ topic, partition }) => `${topic}${partition}` },
  )
  const fate = fc.constantFrom('answered', 'answered', 'answered', 'lost before', 'lost after', 'forgotten')
  fc.assert(
    fc.property(fc.array(fc.tuple(wanted, fate), { maxLength: 30 }), rounds => {
      const session = new FetchSession()
      const broker = new ModelBroker()
      for (const [list, fate] of rounds) {
        const partitions = list.map(({ topic, partition, offset, id }) =>
          asked(topic, partition, offset, `${topic}${id}`),
        )
        if (fate === 'forgotten') broker.session = undefined
        const request = session.request(partitions, true)
        const answer = fate === 'lost before' ? undefined : broker.fetch(request)
        if (answer === undefined || fate === 'lost after') session.lost()
        else if (!session.answered(answer.errorCode, answer.sessionId)) {
          const expected = partitions.map(one => [session.keyOf(one), one.fetchOffset] as const)
          expect([...(answer.read ?? [])].sort()).toEqual(expected.sort())
        }
      }
    }),
    { numRuns: 1000 },
  )
})
