import { deepEqual, ok } from 'node:assert/strict'
import { Metadata } from 'kafka-rx/protocol'
import { awaited } from '../harness/awaited.js'
import type { Bench } from '../harness/bench.js'
import { loadRival } from '../harness/load-rival.js'

const names = Array.from({ length: 1000 }, (_, index) => `orders.region-${index}`)
const topicId = 'J8bJ0h4uSLaEwHtc0Gq-4Q'
const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA'

const cluster = {
  brokers: [1, 2, 3].map(nodeId => ({ nodeId, host: `broker-${nodeId}.example.org`, port: 9092, rack: 'a' })),
  clusterId: 'J8bJ0h4uSLaEwHtc0Gq-4Q',
  controllerId: 1,
  topics: names.map(name => ({
    errorCode: 0,
    name,
    topicId,
    isInternal: false,
    partitions: Array.from({ length: 10 }, (_, partitionIndex) => ({
      errorCode: 0,
      partitionIndex,
      leaderId: 1 + (partitionIndex % 3),
      leaderEpoch: 5,
      replicaNodes: [1, 2, 3],
      isrNodes: [1, 2, 3],
      offlineReplicas: [],
    })),
  })),
}

/** Asking for 1,000 topics and reading the answer of 10 partitions each, in the newest version that the other has. */
export const benches: readonly Bench[] = [
  {
    name: 'metadata v6',
    unit: 'requests/s',
    against: 'kafkajs',
    floor: 1,
    async prepare() {
      const request = await loadRival<Encodes>('kafkajs/src/protocol/requests/metadata/v6/request.js')
      const response = await loadRival<Decodes>('kafkajs/src/protocol/requests/metadata/v6/response.js')
      if ('leftOut' in request) return request
      if ('leftOut' in response) return response
      const bytes = Metadata.response.encode(cluster, 6)
      const options = { topics: names, allowAutoTopicCreation: true }
      const theirs = await request.default(options).encode()
      deepEqual(theirs.buffer, ask(6))
      return awaited({
        subject: () => [ask(6), Metadata.response.decode(bytes, 6)],
        reference: async () => [await request.default(options).encode(), await response.default.decode(bytes)],
      })
    },
  },
  {
    name: 'metadata v12',
    unit: 'requests/s',
    against: '@platformatic/kafka',
    floor: 1,
    async prepare() {
      const rival = await loadRival<Platformatic>('@platformatic/kafka')
      if ('leftOut' in rival) return rival
      const { metadataV12, Reader } = rival
      const bytes = Metadata.response.encode(cluster, 12)
      deepEqual(metadataV12.createRequest(names, true).buffer, ask(12))
      ok(metadataV12.parseResponse(1, 3, 12, Reader.from(bytes)).topics.length === names.length)
      return awaited({
        subject: () => [ask(12), Metadata.response.decode(bytes, 12)],
        reference: () => [
          metadataV12.createRequest(names, true).buffer,
          metadataV12.parseResponse(1, 3, 12, Reader.from(bytes)),
        ],
      })
    },
  },
]

function ask(version: number): Buffer {
  const topics = names.map(name => ({ topicId: noTopicId, name }))
  return Metadata.request.encode({ topics, allowAutoTopicCreation: true }, version)
}

interface Encodes {
  default(options: object): { encode(): Promise<{ buffer: Buffer }> }
}

interface Decodes {
  readonly default: { decode(bytes: Buffer): Promise<object> }
}

interface Platformatic {
  readonly metadataV12: {
    createRequest(topics: readonly string[], create: boolean): { buffer: Buffer }
    parseResponse(id: number, key: number, version: number, reader: object): { topics: readonly object[] }
  }
  readonly Reader: { from(bytes: Buffer): object }
}
