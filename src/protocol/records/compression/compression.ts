import type { Codec } from './codec.js'
import { gzip } from './gzip.js'
import { lz4 } from './lz4.js'
import { snappy } from './snappy.js'
import { zstd } from './zstd.js'

/** The compressions of Kafka, in the order of their numbers in a batch's attributes. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

/**
 * How the records of a batch are compressed.
 *
 * `gzip` and, from node 22.15 on, `zstd` are node's own; `snappy` and `lz4` need the packages `snappy` and `lz4-napi`,
 * and reading `zstd` on an older node needs `fzstd`.
 */
export type Compression = (typeof compressions)[number]

/** The codec of each compression but `none`. */
export const codecs: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = { gzip, snappy, lz4, zstd }
