import { describe, expect, it } from 'vitest'
import { factsOf, knownApis, throttleOf } from '../../src/broker/api-facts.js'
import { apis } from '../../src/protocol/index.js'

const all = [...apis.values()]

describe('the table of API facts', () => {
  it('has a row for every API, and no other', () => {
    expect([...knownApis].sort()).toEqual(all.map(({ name }) => name).sort())
  })

  it('knows how long the broker may take wherever the body says so', () => {
    for (const { name, request } of all) {
      const said = ['timeoutMs', 'maxWaitMs'].find(field => field in request.fields)
      if (said !== undefined) expect([name, factsOf(name).waits({ [said]: 1234 })]).toEqual([name, 1234])
      else if (!/JoinGroup|SyncGroup/.test(name)) expect([name, factsOf(name).waits({})]).toEqual([name, 0])
    }
  })

  it.each([
    ['JoinGroup', { rebalanceTimeoutMs: 300_000, sessionTimeoutMs: 45_000 }, 305_000],
    ['JoinGroup', { sessionTimeoutMs: 45_000 }, 50_000],
    ['SyncGroup', {}, 60_000],
    ['CreateTopics', { timeoutMs: -1 }, 0],
  ])('has %s of %o take up to %i ms', (name, body, wait) => {
    expect(factsOf(name).waits(body)).toBe(wait)
  })

  it('calls slow what is administration with a timeout of its own', () => {
    expect(all.filter(({ name }) => factsOf(name).slow).map(({ name }) => name)).toEqual(
      all
        .filter(({ name, request }) => 'timeoutMs' in request.fields && name !== 'Produce' && name !== 'ListOffsets')
        .map(({ name }) => name),
    )
  })

  it('hides what holds passwords, tokens and the settings of listeners', () => {
    expect(all.filter(({ name }) => factsOf(name).secret).map(({ name }) => name)).toEqual([
      'DescribeConfigs',
      'AlterConfigs',
      'SaslAuthenticate',
      'CreateDelegationToken',
      'RenewDelegationToken',
      'ExpireDelegationToken',
      'DescribeDelegationToken',
      'IncrementalAlterConfigs',
      'AlterUserScramCredentials',
    ])
  })

  it('knows that Produce with acks=0 is not answered, and all else is', () => {
    for (const { name } of all) expect(factsOf(name).isAnswered({ acks: 0 })).toBe(name !== 'Produce')
    expect(factsOf('Produce').isAnswered({ acks: -1 })).toBe(true)
  })

  it('asks the leader about partitions, the coordinator about groups, and may repeat what only reads', () => {
    for (const name of ['Fetch', 'Produce', 'ListOffsets']) expect(factsOf(name).askedOf).toBe('leader')
    for (const { name } of all) {
      if (/^(Describe|List|Offset(Fetch|ForLeader)|Metadata|FindCoordinator|Fetch)/.test(name)) {
        expect([name, factsOf(name).repeatable]).toEqual([name, true])
      }
      if (/(ConsumerGroup|ShareGroup|StreamsGroup)(Heartbeat|Describe)/.test(name)) {
        expect([name, factsOf(name).askedOf]).toEqual([name, 'group coordinator'])
      }
    }
    for (const name of ['Produce', 'CreateTopics', 'JoinGroup', 'ShareFetch'])
      expect(factsOf(name).repeatable).toBe(false)
  })

  it('goes by topic id from the version in which the names end', () => {
    for (const { name, request } of all) {
      const from = topicIdsFrom(request.fields)
      expect([name, factsOf(name).topicIdsFrom]).toEqual([name, from])
    }
  })

  it('is silent for a client of its own version alone, and for a number', () => {
    expect(throttleOf(factsOf('Metadata'), 5, { throttleTimeMs: 7 })).toBe(0)
    expect(throttleOf(factsOf('Metadata'), 6, { throttleTimeMs: 7 })).toBe(7)
    expect(throttleOf(factsOf('DescribeCluster'), 0, { throttleTimeMs: 7 })).toBe(7)
    expect(throttleOf(factsOf('SaslHandshake'), 1, {})).toBe(0)
  })
})

type Fields = (typeof all)[number]['request']['fields']

/** The version after the last in which a topic has a name, where it has an id from then on. */
function topicIdsFrom(fields: Fields): number {
  const name = /-(\d+)$/.exec((fields['name'] ?? fields['topic'])?.versions ?? '')?.[1]
  if (name !== undefined && 'topicId' in fields) return Number(name) + 1
  const inner = Object.values(fields).map(field => field.element?.fields ?? field.fields)
  return Math.min(...inner.map(of => (of === undefined ? Number.POSITIVE_INFINITY : topicIdsFrom(of))))
}
