import { createRequire } from 'node:module'
import zlib from 'node:zlib'

import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { ProtocolError } from '../../../../src/errors.js'
import { codecs } from '../../../../src/protocol/records/compression/compression.js'
import { decompressByPackage } from '../../../../src/protocol/records/compression/zstd.js'
import { recordBatches } from '../../../../src/protocol/records/index.js'
import { batchWith } from '../batch-with.js'
import { plain, readVectors } from '../vectors.js'

const numbers = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
type Name = keyof typeof numbers
const writable = (Object.keys(numbers) as Name[]).filter(name => name !== 'zstd' || 'zstdCompressSync' in zlib)

const limits = (maxBytes: number) => ({
  maxBytes,
  magic: 2,
  fail: (problem: string): never => {
    throw new Error(problem)
  },
})

describe.each(writable)('%s', name => {
  const codec = codecs[name]

  it('gives back what it took, of any size', () => {
    const part = fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 9000 }))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), parts => {
        const records = Buffer.concat(parts.flatMap(([bytes, times]) => new Array(times).fill(bytes)))
        const compressed = codec.compress(records, undefined)
        expect(codec.decompress(compressed, limits(records.length + 1)).equals(records)).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  it('decompresses to the limit, not beyond', () => {
    const records = Buffer.alloc(300_000, 'abcdefg')
    const compressed = codec.compress(records, undefined)
    expect(codec.decompress(compressed, limits(300_000)).equals(records)).toBe(true)
    for (const limit of [299_999, 65_536, 1]) {
      expect(() => codec.decompress(compressed, limits(limit))).toThrow(`decompresses to more than ${limit} bytes`)
    }
  })
})

describe('a bomb stops at the limit', () => {
  const zeros = Buffer.alloc(64 << 20)
  it.each([
    ['gzip', zlib.gzipSync(zeros)],
    ['snappy', codecs.snappy.compress(zeros, undefined)],
    ['lz4', codecs.lz4.compress(zeros, undefined)],
    ['zstd', zstdOfZeros(2048)],
  ] as const)('of %s', (name, bomb) => {
    const before = process.memoryUsage().arrayBuffers
    const read = () => plain(recordBatches(batchWith(numbers[name], bomb), { maxDecompressedBytes: 1 << 20 }))
    expect(read).toThrow(ProtocolError)
    expect(read).toThrow(/with base offset 0: records: (gzip|snappy|lz4|zstd): decompresses to more than 1048576 bytes/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20)
  })
})

describe('pieces that hold next to nothing', () => {
  const emptyFrame = Buffer.from('28b52ffd2000010000', 'hex')
  const times = (count: number, piece: Buffer) => Buffer.alloc(count * piece.length, piece)
  const kinds: readonly [string, (count: number) => Buffer, (bytes: Buffer) => Buffer][] = [
    ['lz4 blocks', count => lz4(`${'0100000000'.repeat(count)}00000000`), bytes => read('lz4', bytes)],
    ['lz4 blocks', count => lz4(`${'00000080'.repeat(count)}00000000`), bytes => read('lz4', bytes)],
    [
      'snappy chunks',
      count => Buffer.concat([xerial(Buffer.alloc(1)), times(count - 1, xerial(Buffer.alloc(1)).subarray(16))]),
      bytes => read('snappy', bytes),
    ],
    ['snappy chunks', count => times(count, xerial(Buffer.alloc(0)).subarray(0, 16)), bytes => read('snappy', bytes)],
    ['zstd frames', count => times(count, emptyFrame), bytes => read('zstd', bytes)],
    ['zstd frames', count => times(count, emptyFrame), bytes => decompressByPackage(bytes, limits(1 << 30))],
  ]

  it.each(kinds)('are read up to a thousand, not beyond: %s', (name, make, decompress) => {
    expect(decompress(make(1000))).toHaveLength(0)
    expect(() => decompress(make(1200))).toThrow(`${name}: 1025 that hold 0 bytes, which is too little for so many`)
  })

  it('may be many in proportion to what they hold', () => {
    const records = Buffer.alloc(5000 * 2048, 'abcdefg')
    const pieces = Array.from({ length: 5000 }, (_, index) => records.subarray(index * 2048, (index + 1) * 2048))
    const frame = pieces.flatMap(piece => [Buffer.of(0, 8, 0, 0x80), piece])
    expect(read('lz4', Buffer.concat([lz4(''), ...frame, Buffer.alloc(4)])).equals(records)).toBe(true)
  })

  it('do not move the window of fzstd for every byte', () => {
    // A compressed block of one literal: what it might hold, for all that its header says, is 128 KiB.
    const block = Buffer.from([(3 << 3) | (2 << 1), 0, 0, 8, 65, 0])
    const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x68])
    const bytes = (count: number) => Buffer.concat([header, times(count, block), Buffer.of(1, 0, 0)])
    expect(decompressByPackage(bytes(200), limits(1 << 30))).toEqual(Buffer.alloc(200, 65))
    expect(() => decompressByPackage(bytes(16_000), limits(1 << 30))).toThrow('too little for so many')
  })

  function read(name: Name, bytes: Buffer): Buffer {
    return codecs[name].decompress(bytes, limits(1 << 30))
  }
})

describe('a claimed length takes no memory', () => {
  it.each([
    ['a bare snappy block', 'snappy', Buffer.from('ffffffff0f00', 'hex'), 'claims to hold 4294967295'],
    ['a chunk of snappy', 'snappy', xerial(Buffer.from('ffffffff0700', 'hex')), 'claims to hold 2147483647'],
    [
      'a chunk beyond the end',
      'snappy',
      xerial(Buffer.alloc(0), 0x7fffffff),
      'a chunk of 2147483647 bytes where 0 are left',
    ],
    [
      'a chunk of no length',
      'snappy',
      Buffer.concat([xerial(Buffer.alloc(0)).subarray(0, 16), Buffer.alloc(2)]),
      '2 bytes',
    ],
    ['an empty snappy block', 'snappy', Buffer.alloc(0), 'a block without its length'],
    ['a block of lz4', 'lz4', lz4('ffffff7f'), 'a block of 2147483647 bytes in a frame of 65536'],
    ['a block of lz4 beyond the end', 'lz4', lz4('ffff0000'), 'a block of 65535 bytes where 0 are left'],
    ['lz4 without an end', 'lz4', lz4(''), 'the frame has no end'],
    ['lz4 that is none', 'lz4', Buffer.from('0123456789abcdef', 'hex'), 'not a frame'],
    ['lz4 cut short', 'lz4', Buffer.from('04224d1860', 'hex'), '5 bytes where a frame should be'],
    ['lz4 with blocks that depend', 'lz4', lz4('00000000', '4040c0'), 'blocks that depend on one another'],
    ['lz4 of another version', 'lz4', lz4('00000000', 'a040c0'), 'a frame of version 2, not 1'],
    ['lz4 with a wrong header checksum', 'lz4', lz4('00000000', '604083'), "the header's checksum does not match"],
    [
      'lz4 with a wrong block checksum',
      'lz4',
      lz4('010000800000000000', '7040ad'),
      'the checksum of a block does not match',
    ],
    ['zstd that is none', 'zstd', Buffer.from('0123456789abcdef', 'hex'), 'not a frame'],
    ['zstd cut short', 'zstd', Buffer.from('28b52ffd', 'hex'), '4 bytes where a frame should be'],
    ['zstd without its last block', 'zstd', zstdOfZeros(3).subarray(0, -4), 'a frame without its last block'],
    ['gzip that is none', 'gzip', Buffer.from('0123456789abcdef', 'hex'), 'incorrect header check'],
  ] as const)('%s', (_, name, bytes, problem) => {
    const before = process.memoryUsage().arrayBuffers
    expect(() => codecs[name].decompress(bytes, limits(1 << 30))).toThrow(problem)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
  })
})

describe('zstd by fzstd, as on older nodes', () => {
  const vectors = readVectors().filter(({ name }) => name.includes('zstd'))

  it('reads what Java wrote', () => {
    expect(vectors.length).toBeGreaterThan(10)
    for (const { bytes } of vectors) {
      const records = decompressByPackage(bytes.subarray(61), limits(1 << 30))
      const plainBatch = batchWith(0, records, bytes.readInt32BE(57))
      const [expected] = plain(recordBatches(bytes))
      expect(plain(recordBatches(plainBatch))[0]?.records.map(({ value }) => value)).toEqual(
        expected?.records.map(({ value }) => value),
      )
    }
  })

  it('stops at the limit, at windows and at numbers of blocks that would take too long', () => {
    expect(() => decompressByPackage(zstdOfZeros(2048), limits(1 << 20))).toThrow('decompresses to more than 1048576')
    expect(() => decompressByPackage(zstdOfZeros(2048, 0xa0), limits(1 << 30))).toThrow('a window of 268435456 bytes')
    expect(() => decompressByPackage(zstdOfZeros(20_000), limits(2 ** 33))).toThrow('20000 blocks')
  })

  it('a claimed window costs nothing where the content is small', () => {
    const before = process.memoryUsage().arrayBuffers
    expect(decompressByPackage(zstdOfZeros(1, 0xa0), limits(1 << 30)).equals(Buffer.alloc(131072))).toBe(true)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
  })
})

it('needs no package that runs a script when it is installed', () => {
  const { packages } = createRequire(import.meta.url)('../../../../package-lock.json') as {
    packages: Record<string, { hasInstallScript?: boolean }>
  }
  const ours = Object.entries(packages).filter(([path]) => /\/(snappy|lz4-napi|fzstd|@node-rs\/crc32)/.test(path))
  expect(ours.length).toBeGreaterThan(40)
  expect(ours.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([])
})

describe('a package that is not there', () => {
  afterEach(() => {
    vi.restoreAllMocks()
    vi.resetModules()
  })

  it.each([
    ['snappy', 'snappy', 'snappy needs the package snappy: npm install snappy'],
    ['lz4', 'lz4-napi', 'lz4 needs the package lz4-napi: npm install lz4-napi'],
  ] as const)('is named in the error: %s', async (codec, packageName, message) => {
    withoutPackage(packageName)
    vi.resetModules()
    const fresh = await import('../../../../src/protocol/records/compression/compression.js')
    const { CompressionError } = await import('../../../../src/errors.js')
    for (const use of [
      () => fresh.codecs[codec].compress(Buffer.from('x'), undefined),
      () => fresh.codecs[codec].decompress(Buffer.from('x'), limits(10)),
    ]) {
      expect(use).toThrow(CompressionError)
      expect(use).toThrow(
        expect.objectContaining({ code: 'COMPRESSION', retriable: false, codec, packageName, message }),
      )
    }
  })

  it('is named for zstd on a node that cannot read it itself', async () => {
    withoutPackage('fzstd')
    vi.resetModules()
    const fresh = await import('../../../../src/protocol/records/compression/zstd.js')
    expect(() => fresh.decompressByPackage(zstdOfZeros(1), limits(1 << 20))).toThrow(
      expect.objectContaining({
        codec: 'zstd',
        packageName: 'fzstd',
        message: `zstd on node ${process.version} needs the package fzstd: npm install fzstd`,
      }),
    )
  })

  it('is not missed for checksums', async () => {
    withoutPackage('@node-rs/crc32')
    vi.resetModules()
    const { crc32c } = await import('../../../../src/protocol/records/crc32c.js')
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  })
})

/** As if it were not installed: what `require` loads by is node's own Module._load. */
function withoutPackage(name: string): void {
  const Module = createRequire(import.meta.url)('node:module') as {
    _load(request: string, ...rest: unknown[]): unknown
  }
  const load = Module._load
  vi.spyOn(Module, '_load').mockImplementation((request, ...rest) => {
    if (request === name) throw new Error(`Cannot find module '${name}'`)
    return load.call(Module, request, ...rest)
  })
}

/** That many blocks of 128 KiB of zeros, four bytes each, in one frame. */
function zstdOfZeros(blocks: number, windowDescriptor = 0x38): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, windowDescriptor])
  const run = (131072 << 3) | 2
  const block = Buffer.from([run & 0xff, (run >> 8) & 0xff, run >> 16, 0])
  const last = Buffer.from([(run & 0xff) | 1, (run >> 8) & 0xff, run >> 16, 0])
  return Buffer.concat([header, ...new Array(blocks - 1).fill(block), last])
}

function xerial(block: Buffer, length = block.length): Buffer {
  const prefix = Buffer.from('82534e415050590000000001000000010000', 'hex').subarray(0, 16)
  const size = Buffer.alloc(4)
  size.writeInt32BE(length)
  return Buffer.concat([prefix, size, block])
}

function lz4(blocks: string, descriptor = '604082'): Buffer {
  return Buffer.from(`04224d18${descriptor}${blocks}`, 'hex')
}
