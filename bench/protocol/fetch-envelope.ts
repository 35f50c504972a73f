import { deepEqual, ok } from 'node:assert/strict'
import { Fetch, type FetchResponseInput } from 'kafka-rx/protocol'
import { awaited } from '../harness/awaited.js'
import type { Bench } from '../harness/bench.js'
import { loadRival } from '../harness/load-rival.js'

const topicId = 'J8bJ0h4uSLaEwHtc0Gq-4Q'
const sameTopicId = '27c6c9d2-1e2e-48b6-84c0-7b5cd06abee1'
const noRecords = Buffer.alloc(0)

const tens = Array.from({ length: 10 }, (_, index) => index)
const topics = Array.from({ length: 100 }, (_, index) => `orders.region-${index}`)

const session = { maxWaitMs: 500, minBytes: 1, maxBytes: 52_428_800, isolationLevel: 1, sessionEpoch: -1 }
const wanted = tens.map(partition => ({
  partition,
  currentLeaderEpoch: 5,
  fetchOffset: 1_000_000n + BigInt(partition),
  lastFetchedEpoch: -1,
  partitionMaxBytes: 1 << 20,
}))
const answered = tens.map(partitionIndex => ({
  partitionIndex,
  errorCode: 0,
  highWatermark: 1_000_000n + BigInt(partitionIndex),
  lastStableOffset: 1_000_000n,
  logStartOffset: 0n,
  abortedTransactions: null,
  preferredReadReplica: -1,
  records: noRecords,
}))
const wantedOf11 = wanted.map(({ lastFetchedEpoch, ...partition }) => partition)

/** Asking 1,000 partitions for records and reading an answer that has none, in the newest version that the other has. */
export const benches: readonly Bench[] = [
  {
    name: 'fetch-envelope v11',
    unit: 'requests/s',
    against: 'kafkajs',
    floor: 1,
    async prepare() {
      const request = await loadRival<Encodes>('kafkajs/src/protocol/requests/fetch/v11/request.js')
      const response = await loadRival<Decodes>('kafkajs/src/protocol/requests/fetch/v11/response.js')
      if ('leftOut' in request) return request
      if ('leftOut' in response) return response
      const bytes = answer(
        topics.map(topic => ({ topic, partitions: answered })),
        11,
      )
      const partitions = wanted.map(({ fetchOffset, partitionMaxBytes, ...partition }) => {
        return { ...partition, fetchOffset: String(fetchOffset), maxBytes: partitionMaxBytes }
      })
      const options = {
        ...{ replicaId: -1, maxWaitTime: 500, minBytes: 1, maxBytes: 52_428_800, isolationLevel: 1, rackId: '' },
        ...{ sessionId: 0, sessionEpoch: -1, forgottenTopics: [] },
        topics: topics.map(topic => ({ topic, partitions })),
      }
      deepEqual((await request.default(options).encode()).buffer, ask11())
      ok((await response.default.decode(bytes)).responses.length === topics.length)
      return awaited({
        subject: () => [ask11(), Fetch.response.decode(bytes, 11)],
        reference: async () => [await request.default(options).encode(), await response.default.decode(bytes)],
      })
    },
  },
  {
    name: 'fetch-envelope v17',
    unit: 'requests/s',
    against: '@platformatic/kafka',
    floor: 1,
    async prepare() {
      const rival = await loadRival<Platformatic>('@platformatic/kafka')
      if ('leftOut' in rival) return rival
      const { fetchV17, Reader } = rival
      const bytes = answer(
        topics.map(() => ({ topicId, partitions: answered })),
        17,
      )
      const theirTopics = topics.map(() => ({ topicId: sameTopicId, partitions: wanted }))
      const ask = () => fetchV17.createRequest(500, 1, 52_428_800, 1, 0, -1, theirTopics, [], '').buffer
      deepEqual(ask(), ask17())
      ok(fetchV17.parseResponse(1, 1, 17, Reader.from(bytes)).responses.length === topics.length)
      return awaited({
        subject: () => [ask17(), Fetch.response.decode(bytes, 17)],
        reference: () => [ask(), fetchV17.parseResponse(1, 1, 17, Reader.from(bytes))],
      })
    },
  },
]

function answer(responses: FetchResponseInput['responses'], version: number): Buffer {
  return Fetch.response.encode({ throttleTimeMs: 0, responses }, version)
}

function ask11(): Buffer {
  return Fetch.request.encode({ ...session, topics: topics.map(topic => ({ topic, partitions: wantedOf11 })) }, 11)
}

function ask17(): Buffer {
  return Fetch.request.encode({ ...session, topics: topics.map(() => ({ topicId, partitions: wanted })) }, 17)
}

interface Encodes {
  default(options: object): { encode(): Promise<{ buffer: Buffer }> }
}

interface Decodes {
  readonly default: { decode(bytes: Buffer): Promise<{ responses: readonly object[] }> }
}

interface Platformatic {
  readonly fetchV17: {
    createRequest(...args: readonly unknown[]): { buffer: Buffer }
    parseResponse(id: number, key: number, version: number, reader: object): { responses: readonly object[] }
  }
  readonly Reader: { from(bytes: Buffer): object }
}
