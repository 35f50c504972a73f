import { ProtocolError } from '../../errors.js'

/** Where in a batch something is wrong. */
export interface BatchPlace {
  readonly magic: number
  readonly baseOffset: bigint
  /** The field: `crc`, `records[3].value`. */
  readonly path: string
  /** In bytes from the start of the batch, or from the start of its decompressed records. */
  readonly offset: number
}

/** Raises what is wrong with a batch, naming its format, its base offset, the field and the byte. */
export function batchFailure(problem: string, place: BatchPlace, cause?: unknown): never {
  const { magic, baseOffset, path, offset } = place
  const field = path === '' ? '' : `${path}: `
  throw new ProtocolError(`RecordBatch v${magic} with base offset ${baseOffset}: ${field}${problem} (byte ${offset})`, {
    api: 'RecordBatch',
    version: magic,
    path,
    offset,
    ...(cause === undefined ? {} : { cause }),
  })
}
