/** How one compression of Kafka's turns the records of a batch to bytes and back. */
export interface Codec {
  /**
   * Compresses the records of one batch.
   *
   * @param level  as the codec counts it; undefined is the codec's own default
   * @throws {CompressionError} where this process cannot use the codec
   */
  compress(records: Buffer, level: number | undefined): Buffer
  /**
   * Decompresses the records of one batch; every failure but a missing package goes through `limits.fail`.
   *
   * @throws {CompressionError} where this process cannot use the codec
   */
  decompress(bytes: Buffer, limits: DecompressLimits): Buffer
}

/** What decompressing must respect. */
export interface DecompressLimits {
  /** The most bytes that may come out. */
  readonly maxBytes: number
  /** Of the batch or message: lz4 of magic 0 has header checksums that are wrong by custom. */
  readonly magic: number
  /** Raises what is wrong with the bytes, with the batch they stand in. */
  readonly fail: (problem: string, cause?: unknown) => never
}

/** The one wording for a batch that would not fit the limit. */
export function tooLarge(limits: DecompressLimits): never {
  return limits.fail(`decompresses to more than ${limits.maxBytes} bytes`)
}

/**
 * Refuses what is cut into pieces of next to nothing: each costs microseconds, so that 10 MB of them would hold up all
 * else for seconds. Writers fill their pieces with tens of KiB.
 *
 * @param name  what they are: `lz4 blocks`
 * @param content  the bytes that they hold together
 */
export function checkPieces(name: string, count: number, content: number, limits: DecompressLimits): void {
  if (count <= 1024 + content / 1024) return
  limits.fail(`${name}: ${count} that hold ${content} bytes, which is too little for so many`)
}
