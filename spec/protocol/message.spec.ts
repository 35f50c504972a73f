import fc from 'fast-check'
import { ArgumentError, ProtocolError } from 'kafka-rx'
import {
  ApiVersions,
  CreateTopics,
  DescribeTopicPartitions,
  Fetch,
  Metadata,
  type MetadataRequestInput,
  OffsetFetch,
  Produce,
  RequestHeader,
  ResponseHeader,
  SaslAuthenticate,
} from 'kafka-rx/protocol'
import { describe, expect, it } from 'vitest'
import { array, bytes, int8, int32, int64, message, string, struct, uint32 } from '../../src/protocol/declaration.js'
import { allMessages } from '../vectors/messages.js'
import { arbitraryStruct } from './arbitrary-message.js'

const topicId = 'J8bJ0h4uSLaEwHtc0Gq-4Q'

/** A message of our own, in version 0 plain and in version 1 flexible. */
function sample<const F extends Parameters<typeof message>[1]>(fields: F) {
  return message({ name: 'Sample', versions: '0-1', flexible: '1+' }, fields)
}

function produceOf(records: Uint8Array | null) {
  const topicData = [{ name: 'a', partitionData: [{ index: 0, records }] }]
  return { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
}

function manyTopics(count: number) {
  return Array.from({ length: count }, (_, index) => ({ name: `orders.region-${index}` }))
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}

function failure(run: () => unknown): ProtocolError {
  try {
    run()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
  throw new Error('nothing failed')
}

describe('a message', () => {
  it('is the bytes that the protocol guide says', () => {
    const bytes = Metadata.request.encode({ topics: [{ topicId, name: 'orders' }], allowAutoTopicCreation: false }, 12)
    expect(bytes.toString('hex')).toBe('0227c6c9d21e2e48b684c07b5cd06abee1076f726465727300000000')
  })

  it('is the same bytes when written, read and written again, in every API and version', () => {
    for (const { name, fields, versions, ...either } of allMessages().values()) {
      for (let version = versions.min; version <= versions.max; version++) {
        fc.assert(
          fc.property(arbitraryStruct(fields, version), value => {
            const bytes = either.encode(value as never, version)
            if (!Buffer.concat(either.encodeParts(value as never, version)).equals(bytes)) return false
            const decoded = either.decode(bytes, version)
            return either.encode(decoded as never, version).equals(bytes)
          }),
          { numRuns: 4, seed: 4, reporter: run => report(name, version, run) },
        )
      }
    }
  })

  it('takes whatever it gives', () => {
    const response = Metadata.response.decode(Metadata.response.encode({ brokers: [], topics: [] }, 13), 13)
    expect(Metadata.response.decode(Metadata.response.encode(response, 0), 0)).toEqual(response)
  })

  it('never changes what it is given', () => {
    const value = { topics: [{ name: 'orders', topicId }], allowAutoTopicCreation: true }
    const frozen: MetadataRequestInput = deepFreeze(value)
    for (let version = 0; version <= 13; version++) Metadata.request.encode(frozen, version)
    expect(value).toEqual({ topics: [{ name: 'orders', topicId }], allowAutoTopicCreation: true })
  })

  it('gives bytes as views of what was read, without a copy', () => {
    const records = Buffer.from('batch')
    const request = { transactionalId: null, acks: -1, timeoutMs: 1000 }
    const value = { ...request, topicData: [{ name: 'a', partitionData: [{ index: 0, records }] }] }
    const bytes = Produce.request.encode(value, 9)
    const read = Produce.request.decode(bytes, 9).topicData[0]?.partitionData[0]?.records
    expect(read).toEqual(records)
    expect(read?.buffer).toBe(bytes.buffer)
  })

  it('reads and writes any Uint8Array, wherever it stands in its memory', () => {
    const bytes = new Uint8Array([9, 9, ...SaslAuthenticate.request.encode({ authBytes: new Uint8Array([1, 2]) }, 2)])
    const { authBytes } = SaslAuthenticate.request.decode(bytes.subarray(2), 2)
    expect(authBytes).toEqual(Buffer.of(1, 2))
    expect(Buffer.isBuffer(authBytes)).toBe(true)
  })

  it('holds what grows far beyond the message before it', () => {
    const records = Buffer.alloc(3_000_000, 7)
    const topicData = [{ name: 'a', partitionData: [0, 1].map(index => ({ index, records })) }]
    Produce.request.encode({ transactionalId: null, acks: 1, timeoutMs: 1, topicData: [] }, 9)
    const bytes = Produce.request.encode({ transactionalId: null, acks: 1, timeoutMs: 1, topicData }, 9)
    const read = Produce.request.decode(bytes, 9).topicData[0]?.partitionData[1]?.records
    expect(read?.equals(records)).toBe(true)
  })

  it('holds no more memory than it has bytes, whatever was written before it', () => {
    Produce.request.encode(produceOf(Buffer.alloc(8 << 20)), 9)
    DescribeTopicPartitions.request.encode({ topics: manyTopics(50_000), responsePartitionLimit: 1, cursor: null }, 0)
    const held = Array.from({ length: 50 }, (_, index) => [
      Produce.request.encode(produceOf(Buffer.of(index)), 9),
      ...Produce.request.encodeParts(produceOf(Buffer.of(index)), 9),
      DescribeTopicPartitions.request.encode({ topics: manyTopics(1), responsePartitionLimit: 1, cursor: null }, 0),
    ]).flat()
    // Small ones share node's pool, which from Node 26 on is a little larger than it says.
    const pool = Buffer.from('pooled').buffer.byteLength
    for (const { buffer } of held) expect(buffer.byteLength).toBeLessThanOrEqual(pool)
    const large = Produce.request.encode(produceOf(Buffer.alloc(100_000)), 9)
    expect(large.buffer.byteLength).toBe(large.length)
  })

  it('is written while another is', () => {
    const name = {
      get name() {
        Metadata.request.encode({ topics: [{ name: 'inner' }] }, 1)
        return 'outer'
      },
    }
    const bytes = Metadata.request.encode({ topics: [{ name: 'first' }, name] }, 1)
    expect(Metadata.request.decode(bytes, 1).topics?.map(topic => topic.name)).toEqual(['first', 'outer'])
  })

  it('is whole after one that could not be written', () => {
    const records = Buffer.alloc(10_000)
    const partitionData = [
      { index: 0, records },
      { index: 'no' as never, records },
    ]
    const refused = { ...produceOf(records), topicData: [{ name: 'a', partitionData }] }
    expect(failure(() => Produce.request.encode(refused, 9)).offset).toBe(10_018)
    expect(failure(() => Produce.request.encodeParts(refused, 9)).offset).toBe(10_018)
    const tagged = sample({ more: struct({ id: int8() }, { versions: '1+', tag: 0 }) })
    expect(() => tagged.encode({ more: { id: 999 } }, 1)).toThrow(ProtocolError)
    expect(Produce.request.encodeParts(produceOf(records), 9)).toHaveLength(3)
  })

  it('does not write over the message before it', () => {
    const first = ResponseHeader.encode({ correlationId: 1 }, 0)
    const second = ResponseHeader.encode({ correlationId: 2 }, 0)
    expect([first.toString('hex'), second.toString('hex')]).toEqual(['00000001', '00000002'])
  })

  it('has its large bytes as parts of their own, not copied, and its small ones with the rest', () => {
    const large = [Buffer.alloc(4096, 1), new Uint8Array(new ArrayBuffer(9000), 1000, 5000).fill(2)] as const
    const partitionData = [large[0], Buffer.alloc(4095), large[1]].map((records, index) => ({ index, records }))
    for (const version of [7, 9]) {
      const request = { ...produceOf(null), topicData: [{ name: 'a', partitionData }] }
      const parts = Produce.request.encodeParts(request, version)
      expect(Buffer.concat(parts).equals(Produce.request.encode(request, version))).toBe(true)
      expect(parts[1]).toBe(large[0])
      expect(parts[3]?.buffer).toBe(large[1].buffer)
      expect(parts.map(part => part.length > 0)).toEqual(parts.map(() => true))
      expect(parts).toHaveLength(version === 7 ? 4 : 5)
    }
  })

  it('has large bytes whose size is written before them, as a tagged field has, where they belong', () => {
    const tagged = sample({ data: bytes({ versions: '1+', tag: 0 }), after: bytes() })
    const value = { data: Buffer.alloc(70_000, 1), after: Buffer.alloc(5000, 2) }
    const parts = tagged.encodeParts(value, 1)
    expect(parts[1]).toBe(value.after)
    expect(Buffer.concat(parts).equals(tagged.encode(value, 1))).toBe(true)
    expect(tagged.decode(Buffer.concat(parts), 1)).toEqual(value)
  })

  it('without any bytes has no parts', () => {
    expect(ApiVersions.request.encodeParts({ clientSoftwareName: '', clientSoftwareVersion: '' }, 0)).toEqual([])
    expect(() => ApiVersions.request.encodeParts({}, 99)).toThrow(ArgumentError)
  })

  it('refuses a version that it does not have', () => {
    const versions = [-1, 14, 1.5, Number.NaN, '3' as never, undefined as never]
    for (const version of versions) {
      expect(() => Metadata.request.encode({ topics: null }, version)).toThrow(ArgumentError)
      expect(() => Metadata.request.decode(Buffer.alloc(4), version)).toThrow(ArgumentError)
    }
    expect(() => Metadata.request.encode({ topics: null }, 14)).toThrow(
      'MetadataRequest has the versions 0 to 13, not 14',
    )
  })

  it('refuses to decode what is not bytes', () => {
    expect(() => Metadata.request.decode('abc' as never, 1)).toThrow(ArgumentError)
  })
})

describe('a header', () => {
  it('leaves the body behind it as a view', () => {
    const header = RequestHeader.encode(
      { requestApiKey: 3, requestApiVersion: 12, correlationId: 7, clientId: 'me' },
      Metadata.requestHeaderVersion(12),
    )
    const frame = Buffer.concat([header, Metadata.request.encode({ topics: null }, 12)])
    const { value, rest } = RequestHeader.decodePrefix(frame, 2)
    expect(value).toEqual({ requestApiKey: 3, requestApiVersion: 12, correlationId: 7, clientId: 'me' })
    expect(Metadata.request.decode(rest, 12).topics).toBeNull()
    expect(rest.buffer).toBe(frame.buffer)
  })

  it('of the response of ApiVersions is the oldest, so that any client can read what the broker speaks', () => {
    expect([0, 3, 4].map(version => ApiVersions.responseHeaderVersion(version))).toEqual([0, 0, 0])
    expect([0, 3, 4].map(version => ApiVersions.requestHeaderVersion(version))).toEqual([1, 2, 2])
  })
})

describe('a field that a version lacks', () => {
  it('is its default when read', () => {
    const bytes = Metadata.response.encode({ brokers: [{ nodeId: 1, host: 'a', port: 9092 }], topics: [] }, 0)
    expect(Metadata.response.decode(bytes, 0)).toEqual({
      throttleTimeMs: 0,
      brokers: [{ nodeId: 1, host: 'a', port: 9092, rack: null }],
      clusterId: null,
      controllerId: -1,
      topics: [],
      clusterAuthorizedOperations: -2147483648,
      errorCode: 0,
    })
  })

  it('is a list or a struct of its own, which may be changed', () => {
    const bytes = ApiVersions.response.encode({ errorCode: 0, apiKeys: [] }, 0)
    const [first, second] = [0, 0].map(version => ApiVersions.response.decode(bytes, version))
    first?.supportedFeatures.push({ name: 'a', minVersion: 0, maxVersion: 1 })
    expect(second?.supportedFeatures).toEqual([])
  })

  it('may be left out, or be its default', () => {
    const short = Metadata.request.encode({ topics: [] }, 1)
    const topics: never[] = []
    expect(Metadata.request.encode({ topics, allowAutoTopicCreation: true }, 1)).toEqual(short)
    expect(Metadata.request.encode({ topics, includeTopicAuthorizedOperations: false }, 1)).toEqual(short)
  })

  it('is refused when it would be lost', () => {
    const error = failure(() => Metadata.request.encode({ topics: [], allowAutoTopicCreation: false }, 3))
    expect(error).toMatchObject({ api: 'MetadataRequest', version: 3, path: 'allowAutoTopicCreation', offset: 4 })
    expect(error.message).toContain('version 3 has no such field')
  })

  it('is dropped when the definition says that this does no harm', () => {
    const topics = [{ name: 'orders', topicId }]
    expect(Metadata.request.decode(Metadata.request.encode({ topics }, 9), 9).topics).toEqual([
      { name: 'orders', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' },
    ])
  })

  it('is refused as a list with elements, or as null where empty is the default', () => {
    const groups = [{ groupId: 'g', topics: null }]
    expect(failure(() => OffsetFetch.request.encode({ groupId: 'g', topics: [], groups }, 7)).path).toBe('groups')
    const sampled = message(
      { name: 'Sample', versions: '0-1', flexible: 'none' },
      {
        list: array(int8(), { versions: '1', nullable: true }),
      },
    )
    expect(failure(() => sampled.encode({ list: null }, 0)).path).toBe('list')
    expect(sampled.encode({ list: [] }, 0)).toHaveLength(0)
    expect(sampled.encode({ list: null }, 1).toString('hex')).toBe('ffffffff')
  })

  it('is refused as a struct with anything but defaults in it', () => {
    const sampled = message(
      { name: 'Sample', versions: '0-1', flexible: 'none' },
      {
        pair: struct({ id: int32({ default: -1 }), at: int64() }, { versions: '1' }),
      },
    )
    expect(sampled.encode({ pair: { id: -1, at: 0n } }, 0)).toHaveLength(0)
    expect(failure(() => sampled.encode({ pair: { id: 0, at: 0n } }, 0)).path).toBe('pair')
    expect(failure(() => sampled.encode({ pair: null as never }, 0)).path).toBe('pair')
    expect(sampled.decode(Buffer.alloc(0), 0)).toEqual({ pair: { id: -1, at: 0n } })
  })
})

describe('null', () => {
  it('is an empty place for lists, strings and structs that may be null', () => {
    const request = { topics: [], responsePartitionLimit: 5 }
    const absent = DescribeTopicPartitions.request.encode({ ...request, cursor: null }, 0)
    expect(absent.toString('hex')).toBe('0100000005ff00')
    const cursor = { topicName: 'a', partitionIndex: 3 }
    const present = DescribeTopicPartitions.request.encode({ ...request, cursor }, 0)
    expect(present.toString('hex')).toBe('0100000005010261000000030000')
    for (const bytes of [absent, present]) {
      const decoded = DescribeTopicPartitions.request.decode(bytes, 0)
      expect(DescribeTopicPartitions.request.encode(decoded, 0)).toEqual(bytes)
    }
  })

  it('is refused, both ways, in a version that does not allow it', () => {
    expect(failure(() => Metadata.request.encode({ topics: null }, 0))).toMatchObject({ path: 'topics', version: 0 })
    expect(failure(() => Metadata.request.decode(hex('ffffffff'), 0))).toMatchObject({ path: 'topics', offset: 4 })
    expect(Metadata.request.decode(hex('ffffffff 01'), 4).topics).toBeNull()
  })

  it('is not what any other mark before a struct means', () => {
    const error = failure(() => DescribeTopicPartitions.request.decode(hex('01 00000005 02 00'), 0))
    expect(error).toMatchObject({ path: 'cursor', offset: 5 })
  })

  it('is no length below -1', () => {
    expect(failure(() => Metadata.request.decode(hex('fffffffe 01'), 4)).message).toContain('a length of -2')
  })
})

describe('tagged fields', () => {
  it('are written in the order of their tags, only when they are not the default', () => {
    const sampled = sample({
      last: int8({ versions: '1', tag: 300 }),
      first: string({ versions: '1', tag: 0 }),
      pair: struct({ id: int8() }, { versions: '1', tag: 2, nullable: true, default: null }),
    })
    expect(sampled.encode({}, 1).toString('hex')).toBe('00')
    expect(sampled.encode({ last: 0, first: '', pair: null }, 1).toString('hex')).toBe('00')
    const full = sampled.encode({ last: 1, first: 'a', pair: { id: 5 } }, 1)
    expect(full.toString('hex')).toBe('03000202610203010500ac020101')
    expect(sampled.decode(full, 1)).toEqual({ last: 1, first: 'a', pair: { id: 5 } })
    expect(failure(() => sampled.encode({ last: 1 }, 0)).path).toBe('last')
  })

  it('that are longer than 127 bytes keep their size in more than one', () => {
    for (const length of [124, 125, 126, 127, 128, 20_000]) {
      const clusterId = 'c'.repeat(length)
      const request = { maxWaitMs: 1, minBytes: 1, maxBytes: 1, isolationLevel: 0, topics: [] }
      const bytes = Fetch.request.encode({ ...request, clusterId }, 12)
      expect(Fetch.request.decode(bytes, 12).clusterId).toBe(clusterId)
    }
  })

  it('that nobody knows are skipped', () => {
    const known = ResponseHeader.encode({ correlationId: 5 }, 1)
    const more = Buffer.concat([known.subarray(0, 4), hex('02 00 03 aabbcc 64 00')])
    expect(ResponseHeader.decode(more, 1)).toEqual({ correlationId: 5 })
  })

  it('must fill their size, and no more', () => {
    const sampled = sample({ id: int32({ versions: '1', tag: 0 }) })
    expect(sampled.decode(hex('01 00 04 00000007'), 1)).toEqual({ id: 7 })
    expect(failure(() => sampled.decode(hex('01 00 05 0000000700'), 1))).toMatchObject({ path: 'id', offset: 7 })
    expect(failure(() => sampled.decode(hex('01 00 03 00000700'), 1))).toMatchObject({ path: 'id', offset: 3 })
    expect(failure(() => sampled.decode(hex('01 00 7f 00000007'), 1))).toMatchObject({ path: '', offset: 3 })
  })
})

describe('a value that does not fit', () => {
  const header = { requestApiKey: 1, requestApiVersion: 1, correlationId: 1, clientId: null }

  it.each([
    ['int16', { ...header, requestApiKey: 32768 }, 'requestApiKey', 'wants an int16, got 32768'],
    ['int16', { ...header, requestApiKey: -32769 }, 'requestApiKey', 'wants an int16, got -32769'],
    ['int16', { ...header, requestApiVersion: 1.5 }, 'requestApiVersion', 'wants an int16, got 1.5'],
    ['int32', { ...header, correlationId: 2 ** 31 }, 'correlationId', 'wants an int32, got 2147483648'],
    ['int32', { ...header, correlationId: Number.NaN }, 'correlationId', 'wants an int32, got NaN'],
    ['int32', { ...header, correlationId: 1n }, 'correlationId', 'wants an int32, got the bigint 1'],
    ['int32', { ...header, correlationId: '1' }, 'correlationId', 'wants an int32, got a string of 1 characters'],
    ['int32', { ...header, correlationId: undefined }, 'correlationId', 'wants an int32, got undefined'],
    ['int32', { ...header, correlationId: Symbol('a') }, 'correlationId', 'wants an int32, got a value of type symbol'],
    ['string', { ...header, clientId: 5 }, 'clientId', 'wants a string, got 5'],
    ['string', { ...header, clientId: 'x'.repeat(32768) }, 'clientId', 'a string of 32768 bytes, more than 32767'],
    ['string', { ...header, clientId: '漢'.repeat(10923) }, 'clientId', 'a string of 32769 bytes, more than 32767'],
    ['struct', null, '', 'wants an object, got null'],
    ['struct', 'header', '', 'wants an object, got a string of 6 characters'],
  ])('is refused as %s with its path', (_, value, path, reason) => {
    const error = failure(() => RequestHeader.encode(value as never, 2))
    expect(error).toMatchObject({ code: 'PROTOCOL', retriable: false, api: 'RequestHeader', version: 2, path })
    expect(error.message).toContain(reason)
  })

  it('is named by where it stands', () => {
    const partitions = [0, 1].map(partitionIndex => ({ partitionIndex, brokerIds: [1, 2] }))
    ;(partitions[1]?.brokerIds as unknown[])[1] = 'two'
    const topics = [{ name: 'a', numPartitions: 1, replicationFactor: 1, assignments: partitions, configs: [] }]
    const error = failure(() => CreateTopics.request.encode({ topics, timeoutMs: 1, validateOnly: false }, 7))
    expect(error.path).toBe('topics[0].assignments[1].brokerIds[1]')
    const where = `CreateTopicsRequest v7: ${error.path}, at byte ${error.offset}`
    expect(error.message).toBe(`${where}: wants an int32, got a string of 3 characters`)
  })

  it('of bytes or text is not printed: it may be a password', () => {
    const error = failure(() => SaslAuthenticate.request.encode({ authBytes: '\u0000user\u0000secret' as never }, 2))
    expect(error.message).not.toContain('secret')
    expect(error.message).toContain('wants bytes, got a string of 12 characters')
  })

  it('is refused as an int64 unless it is a bigint of 64 bits', () => {
    const sampled = sample({ at: int64() })
    for (const at of [5, 2n ** 63n, -(2n ** 63n) - 1n, 10n ** 100n]) {
      expect(failure(() => sampled.encode({ at: at as never }, 0)).path).toBe('at')
    }
    for (const at of [2n ** 63n - 1n, -(2n ** 63n), 0n])
      expect(sampled.decode(sampled.encode({ at }, 0), 0)).toEqual({ at })
  })

  it('is refused as a uint32 unless it is one', () => {
    const sampled = sample({ crc: uint32() })
    for (const crc of [-1, 2 ** 32, 0.5]) expect(failure(() => sampled.encode({ crc }, 0)).path).toBe('crc')
    for (const crc of [0, 2 ** 32 - 1]) expect(sampled.decode(sampled.encode({ crc }, 0), 0)).toEqual({ crc })
  })

  it('is refused as a uuid unless it is 16 bytes as Kafka prints them', () => {
    const wrong = ['', 'abc', `${topicId}==`, topicId.slice(1), `${topicId.slice(0, 21)}R`, `${topicId.slice(0, 21)}/`]
    for (const id of wrong) {
      const topics = [{ topicId: id, name: null }]
      expect(failure(() => Metadata.request.encode({ topics }, 12)).path).toBe('topics[0].topicId')
    }
  })
})

describe('text', () => {
  it.each([0, 1, 47, 48, 49, 62, 63, 126, 127, 128, 16382, 16383, 32767])('of %i characters comes back', length => {
    const sampled = sample({ text: string() })
    for (const text of [
      'a'.repeat(length),
      'é'.repeat(Math.min(length, 16383)),
      `${'a'.repeat(Math.max(0, length - 2))}é`,
    ]) {
      for (const version of [0, 1]) expect(sampled.decode(sampled.encode({ text }, version), version)).toEqual({ text })
    }
  })
})

describe('a length that cannot be right', () => {
  it('fails before anything is taken on its word', () => {
    const claims = [hex('7fffffff 00'), hex('00ffffff 00')]
    for (const bytes of claims) expect(failure(() => Metadata.request.decode(bytes, 4)).offset).toBe(4)
    expect(failure(() => Metadata.request.decode(hex('ffffffff0f 00'), 9)).message).toContain('4294967294 elements')
    expect(failure(() => SaslAuthenticate.request.decode(hex('7fffffff 00'), 0)).message).toContain(
      'wants 2147483647 bytes',
    )
  })

  it('fails for elements that take no bytes at all', () => {
    const sampled = sample({ list: array({ later: int8({ versions: '1' }) }) })
    expect(failure(() => sampled.decode(hex('7fffffff'), 0))).toMatchObject({ path: 'list', offset: 4 })
  })

  it('fails as a varint of more than 32 bits', () => {
    expect(failure(() => Metadata.request.decode(hex('ffffffff1f'), 9)).message).toContain(
      'a varint of more than 32 bits',
    )
    expect(failure(() => Metadata.request.decode(hex('808080808000'), 9)).message).toContain(
      'a varint of more than 32 bits',
    )
  })

  it('fails as a string longer than Kafka allows', () => {
    const bytes = Buffer.concat([hex('81 80 02'), Buffer.alloc(32768)])
    expect(failure(() => sample({ text: string() }).decode(bytes, 1)).message).toContain('more than 32767')
  })
})

describe('bytes that end early or go on', () => {
  it('are told by field and offset', () => {
    const bytes = Metadata.request.encode({ topics: [{ name: 'orders' }] }, 4)
    const cut = failure(() => Metadata.request.decode(bytes.subarray(0, 9), 4))
    expect(cut).toMatchObject({ api: 'MetadataRequest', version: 4, path: 'topics[0].name', offset: 6 })
    expect(cut.message).toBe('MetadataRequest v4: topics[0].name, at byte 6: wants 6 bytes, 3 are left')
    const more = failure(() => Metadata.request.decode(Buffer.concat([bytes, hex('0000')]), 4))
    expect(more.message).toBe(`MetadataRequest v4: at byte ${bytes.length}: 2 bytes are left over`)
  })
})

function report(name: string, version: number, run: { failed: boolean; counterexample: unknown }): void {
  if (run.failed) throw new Error(`${name} v${version}: ${String(run.counterexample)}`)
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  return Object.freeze(value)
}
