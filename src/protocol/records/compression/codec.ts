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
