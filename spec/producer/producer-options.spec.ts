import zlib from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CompressionError } from '../../src/errors.js'
import { producerConfig } from '../../src/producer/producer-options.js'

describe('the options of a producer', () => {
  it('are refused with a codec that this process cannot use, before any record is sent', () => {
    const withZstd = () => producerConfig({ compression: 'zstd' })
    if ('zstdCompressSync' in zlib) expect(withZstd).not.toThrow()
    else expect(withZstd).toThrow(CompressionError)
  })

  it.each(['none', 'gzip', 'snappy', 'lz4'] as const)('take %s', compression => {
    expect(producerConfig({ compression }).compression).toBe(compression)
  })
})
