import { lastValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import { scriptedBroker } from '../../marble-tests/broker/scripted-broker.js'
import { checkTopicIds } from '../../src/broker/by-topic-id.js'
import { makeRoute } from '../../src/broker/route.js'
import { ArgumentError, broker } from '../../src/index.js'
import { Fetch, OffsetCommit, OffsetFetch, Produce, TxnOffsetCommit } from '../../src/protocol/index.js'

const id = 'xxxxxxxxxxxxxxxxxxxxxA'
const none = 'AAAAAAAAAAAAAAAAAAAAAA'

/** The API, the version from which it goes by id, and its body with these topics in it. */
const cases = [
  ['Produce', Produce, 13, 'name', (topic: object) => ({ topicData: [topic] })],
  ['Fetch', Fetch, 13, 'topic', (topic: object) => ({ topics: [topic] })],
  ['Fetch, to forget it', Fetch, 13, 'topic', (topic: object) => ({ topics: [], forgottenTopicsData: [topic] })],
  ['OffsetCommit', OffsetCommit, 10, 'name', (topic: object) => ({ topics: [topic] })],
  ['OffsetFetch', OffsetFetch, 10, 'name', (topic: object) => ({ groups: [{ topics: null }, { topics: [topic] }] })],
  ['TxnOffsetCommit', TxnOffsetCommit, 6, 'name', (topic: object) => ({ topics: [topic] })],
] as const

it.each(cases)('refuses a topic by name alone where the version goes by id: %s', (_what, api, from, field, body) => {
  const check = (version: number, topic: object) => () => checkTopicIds(makeRoute(api, version, ''), body(topic))
  const refusal = `${api.name} names the topic "orders", but version ${from} goes by topicId: give it, or pin version ${from - 1}`
  expect(check(from, { [field]: 'orders' })).toThrow(new ArgumentError(refusal, { outcome: 'unsent' }))
  expect(check(from, { [field]: 'orders', topicId: none })).toThrow(ArgumentError)
  for (const topic of [{ [field]: 'orders', topicId: id }, { topicId: id }, { [field]: '', topicId: id }]) {
    expect(check(from, topic)).not.toThrow()
  }
  expect(check(from - 1, { [field]: 'orders' })).not.toThrow()
})

it('tells who asks, and sends nothing', async () => {
  const transport = scriptedBroker({})
  let writes = 0
  transport.sent.subscribe(() => writes++)
  const fetch = { maxWaitMs: 1, minBytes: 1, maxBytes: 1, isolationLevel: 0 }
  const topics = [{ topic: 'orders', partitions: [] }]
  const request = broker({ host: 'broker', transport }, kafka => kafka.request(Fetch, { ...fetch, topics }))
  await expect(lastValueFrom(request)).rejects.toMatchObject({ name: 'ArgumentError', outcome: 'unsent' })
  // ApiVersions.
  expect(writes).toBe(1)
})
