/// <reference types="node" preserve="true" />

import { type BrokerErrorCode, type ErrorName, errorTable, type KafkaErrorCode } from './errors/error-table.js'

export { type BrokerErrorCode, errorTable, type KafkaErrorCode }

/**
 * What is known of a failed write or request: `unsent` never left this process, `rejected` was refused by the broker,
 * `unknown` may or may not have had its effect.
 */
export type Outcome = 'unsent' | 'rejected' | 'unknown'

/** What every error here may carry beside its message. */
export interface KafkaErrorOptions {
  /** The error underneath, as node or the user's own code raised it. */
  readonly cause?: unknown
  /** Set on the failure of a write or a request. */
  readonly outcome?: Outcome | undefined
  /** Overrides the class's own answer, where the cause says more. */
  readonly retriable?: boolean | undefined
}

/**
 * The base of every error that kafka-rx raises.
 *
 * @example
 * catchError(error => (error instanceof KafkaError && error.retriable ? again : throwError(() => error)))
 */
export abstract class KafkaError extends Error {
  /** Stable: the class's name in capitals without its last word; of a {@link BrokerError}, Kafka's name for it. */
  readonly code: KafkaErrorCode
  /** Whether the same call may succeed when made again unchanged. */
  readonly retriable: boolean
  /** On the failure of a write or a request: what became of it. */
  declare readonly outcome?: Outcome

  constructor(
    name: ErrorName,
    message: string,
    options: KafkaErrorOptions = {},
    code: KafkaErrorCode = errorTable[name].code,
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true })
    this.code = code
    this.retriable = options.retriable ?? errorTable[name].retriable
    if (options.outcome !== undefined) this.outcome = options.outcome
  }
}

/** An argument or option that cannot be right; raised at the call, not at subscribe. */
export class ArgumentError extends KafkaError {
  constructor(message: string, options?: KafkaErrorOptions) {
    super('ArgumentError', message, options)
  }
}

/** No connection could be opened: refused, DNS, deadline or TLS, told apart by `cause`. */
export class ConnectError extends KafkaError {
  readonly host: string
  readonly port: number

  constructor(message: string, options: KafkaErrorOptions & { readonly host: string; readonly port: number }) {
    super('ConnectError', message, options)
    this.host = options.host
    this.port = options.port
  }
}

/** The socket failed after it was open. */
export class ConnectionError extends KafkaError {
  constructor(message: string, options?: KafkaErrorOptions) {
    super('ConnectionError', message, options)
  }
}

/** The peer closed inside a slice or a frame. */
export class EndOfStreamError extends KafkaError {
  /** How many bytes of it had come. */
  readonly had: number
  /** How many it has. */
  readonly wanted: number
  /** The bytes that had come; nobody will read the rest, so they are not given back. */
  declare readonly part: Buffer

  constructor(message: string, options: KafkaErrorOptions & { readonly part: Buffer; readonly wanted: number }) {
    super('EndOfStreamError', message, options)
    this.had = options.part.length
    this.wanted = options.wanted
    // Not enumerable: a logger that prints an error's fields would print what was on the wire.
    Object.defineProperty(this, 'part', { value: options.part })
  }
}

/** A frame's length is negative or above the limit. */
export class FrameError extends KafkaError {
  /** The length as it was read. */
  readonly length: number

  constructor(message: string, options: KafkaErrorOptions & { readonly length: number }) {
    super('FrameError', message, options)
    this.length = options.length
  }
}

/** Not enough bytes came before the deadline; those that did are given back. */
export class ReceiveTimeoutError extends KafkaError {
  /** How many bytes had come. */
  readonly had: number
  /** How many were wanted. */
  readonly wanted: number

  constructor(message: string, options: KafkaErrorOptions & { readonly had: number; readonly wanted: number }) {
    super('ReceiveTimeoutError', message, options)
    this.had = options.had
    this.wanted = options.wanted
  }
}

/** The kernel did not take a write before its deadline. */
export class SendTimeoutError extends KafkaError {
  /** False: withdrawn unsent, the connection lives. True: begun, so the connection has failed. */
  readonly started: boolean

  constructor(message: string, options: KafkaErrorOptions & { readonly started: boolean }) {
    super('SendTimeoutError', message, { ...options, outcome: options.started ? 'unknown' : 'unsent' })
    this.started = options.started
  }
}

/** More bytes were queued to be written than `maxQueuedBytes` allows. */
export class BacklogError extends KafkaError {
  constructor(message: string, options?: KafkaErrorOptions) {
    super('BacklogError', message, options)
  }
}

/** The connection was closed, here or by the peer, before the call or during it. */
export class ClosedError extends KafkaError {
  constructor(message: string, options?: KafkaErrorOptions) {
    super('ClosedError', message, options)
  }
}

/** Where in a message the codec stopped. */
export interface ProtocolErrorOptions extends KafkaErrorOptions {
  /** The message as Kafka names it: `MetadataResponse`, `RequestHeader`, `RecordBatch`. */
  readonly api: string
  /** The version that was read or written. */
  readonly version: number
  /** The field: `topics[3].partitions[0].leaderId`; empty for the message as a whole. */
  readonly path: string
  /** In bytes from the start of the message. */
  readonly offset: number
}

/** Bytes that are not a message of the version they claim, or a value that this version cannot carry. */
export class ProtocolError extends KafkaError {
  /** The message as Kafka names it: `MetadataResponse`, `RequestHeader`, `RecordBatch`. */
  readonly api: string
  /** The version that was read or written. */
  readonly version: number
  /** The field: `topics[3].partitions[0].leaderId`; empty for the message as a whole. */
  readonly path: string
  /** In bytes from the start of the message: where reading stopped, or how far writing had come. */
  readonly offset: number

  constructor(message: string, options: ProtocolErrorOptions) {
    super('ProtocolError', message, options)
    this.api = options.api
    this.version = options.version
    this.path = options.path
    this.offset = options.offset
  }
}

/** A codec that this process cannot use: its package is not installed, or this version of node does not have it. */
export class CompressionError extends KafkaError {
  /** `gzip`, `snappy`, `lz4` or `zstd`. */
  readonly codec: string
  /** The package to install, where that would help. */
  declare readonly packageName?: string

  constructor(
    message: string,
    options: KafkaErrorOptions & { readonly codec: string; readonly packageName?: string | undefined },
  ) {
    super('CompressionError', message, options)
    this.codec = options.codec
    if (options.packageName !== undefined) this.packageName = options.packageName
  }
}

/** A request was not answered in time; `outcome` says whether it had been sent. */
export class RequestTimeoutError extends KafkaError {
  /** As Kafka names it: `Metadata`. */
  readonly api: string
  /** How long it had, in ms. */
  readonly timeout: number

  constructor(message: string, options: KafkaErrorOptions & Pick<RequestTimeoutError, 'api' | 'timeout'>) {
    super('RequestTimeoutError', message, options)
    this.api = options.api
    this.timeout = options.timeout
  }
}

/** SASL failed: wrong credentials, a mechanism that the listener lacks, a server that cannot prove itself. */
export class AuthenticationError extends KafkaError {
  /** `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` or `OAUTHBEARER`. */
  readonly mechanism: string

  constructor(message: string, options: KafkaErrorOptions & Pick<AuthenticationError, 'mechanism'>) {
    super('AuthenticationError', message, options)
    this.mechanism = options.mechanism
  }
}

/** Broker and client share no version of an API, or not the one that was asked for; nothing was sent. */
export class UnsupportedVersionError extends KafkaError {
  /** As Kafka names it: `Metadata`. */
  readonly api: string
  /** The versions that this client knows. */
  readonly ours: { readonly min: number; readonly max: number }
  /** Those that the broker knows; undefined when it does not know the API at all. */
  readonly theirs: { readonly min: number; readonly max: number } | undefined

  constructor(message: string, options: KafkaErrorOptions & Pick<UnsupportedVersionError, 'api' | 'ours' | 'theirs'>) {
    super('UnsupportedVersionError', message, { outcome: 'unsent', ...options })
    this.api = options.api
    this.ours = options.ours
    this.theirs = options.theirs
  }
}

/** An error that a broker answered with: `code` is Kafka's name for it. */
export class BrokerError extends KafkaError {
  declare readonly code: BrokerErrorCode
  /** Kafka's number for it, as it stands in `errorCode` fields. */
  readonly number: number

  constructor(message: string, options: KafkaErrorOptions & Pick<BrokerError, 'code' | 'number' | 'retriable'>) {
    super('BrokerError', message, { outcome: 'rejected', ...options }, options.code)
    this.number = options.number
  }
}

/** The embedded broker cannot listen where it was told to. */
export class ListenError extends KafkaError {
  constructor(message: string, options?: KafkaErrorOptions) {
    super('ListenError', message, options)
  }
}

/** The position of a partition is not in its log, and `offsetReset: 'error'` says not to go on elsewhere. */
export class OffsetOutOfRangeError extends KafkaError {
  readonly topic: string
  readonly partition: number
  /** The position. */
  readonly offset: bigint

  /** @internal */
  constructor(
    message: string,
    options: KafkaErrorOptions & Pick<OffsetOutOfRangeError, 'topic' | 'partition' | 'offset'>,
  ) {
    super('OffsetOutOfRangeError', message, options)
    this.topic = options.topic
    this.partition = options.partition
    this.offset = options.offset
  }
}

/** The cluster has lost records that were read, and `offsetReset: 'error'` says not to go on elsewhere (KIP-320). */
export class LogTruncationError extends KafkaError {
  readonly topic: string
  readonly partition: number
  /** Up to where it was read. */
  readonly offset: bigint
  /** From where on reading is safe: what is below is as it was read. */
  readonly safeOffset: bigint

  /** @internal */
  constructor(
    message: string,
    options: KafkaErrorOptions & Pick<LogTruncationError, 'topic' | 'partition' | 'offset' | 'safeOffset'>,
  ) {
    super('LogTruncationError', message, options)
    this.topic = options.topic
    this.partition = options.partition
    this.offset = options.offset
    this.safeOffset = options.safeOffset
  }
}

/** What a {@link ProduceError} is about. */
export interface ProduceErrorOptions<T> extends KafkaErrorOptions {
  readonly topic: string
  readonly partition: number | undefined
  readonly input: T
  readonly outcome: Outcome
}

/**
 * The one error of a record that was not delivered; what else it was (BacklogError, BrokerError, what `toRecord` threw)
 * is its `cause`. `outcome` says what became of it: sent again, an `unknown` one may be in the log twice.
 */
export class ProduceError<T = unknown> extends KafkaError {
  readonly topic: string
  /** Undefined where none was chosen yet. */
  readonly partition: number | undefined
  /** What was sent: the record, or the value that a record was made of. */
  readonly input: T
  declare readonly outcome: Outcome

  /** @internal */
  constructor(message: string, options: ProduceErrorOptions<T>) {
    super('ProduceError', message, options)
    this.topic = options.topic
    this.partition = options.partition
    this.input = options.input
  }
}
