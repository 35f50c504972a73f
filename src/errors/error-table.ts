import type { BrokerErrorName } from './broker-error-name.js'

/**
 * The typed errors in one table. `code` is stable and safe to switch on; `retriable` says whether the same call may
 * succeed when made again unchanged; `advice` is what to look at first.
 */
export const errorTable = {
  ArgumentError: {
    code: 'ARGUMENT',
    retriable: false,
    advice: 'Correct the argument that the message names.',
  },
  // A broker that is refused, out of reach or late may be there in a moment, and so may a resolver (EAI_AGAIN). Not
  // retriable is what somebody has to correct, since a typo would else be tried again for ever without a word: a name
  // that DNS says there is not (ENOTFOUND), a certificate that is not trusted, a listener that does not speak TLS. Where
  // names come late, as those of pods do, retry on `cause.code` too.
  ConnectError: {
    code: 'CONNECT',
    retriable: true,
    advice: 'Check host, port and listener; `cause` tells refused, DNS, deadline and TLS apart, `retriable` typos.',
  },
  ConnectionError: {
    code: 'CONNECTION',
    retriable: true,
    // A hang-up on the first request may mean that `sasl` is missing, but one of a broker that is stopped just then looks
    // the same: who gave up on that would not come back after a restart. The message asks.
    advice: 'The socket failed, or the broker hung up: connect again, with `retry({ delay })`.',
  },
  EndOfStreamError: {
    code: 'END_OF_STREAM',
    retriable: true,
    advice: 'The peer closed inside a read: is the listener TLS, or another protocol? `part` has the bytes that came.',
  },
  FrameError: {
    code: 'FRAME',
    retriable: false,
    advice: 'The length before a frame cannot be right: the message says what the bytes look like.',
  },
  ReceiveTimeoutError: {
    code: 'RECEIVE_TIMEOUT',
    retriable: true,
    advice: 'Nothing is lost: what came is given back. Read again, or give more `timeout`.',
  },
  SendTimeoutError: {
    code: 'SEND_TIMEOUT',
    retriable: true,
    advice: 'The peer does not read. `started: false`: withdrawn, the connection lives; `true`: the connection failed.',
  },
  BacklogError: {
    code: 'BACKLOG',
    retriable: true,
    advice:
      'More was queued than `maxQueuedBytes`: write with `write()` and `concatMap`, which wait; ask again once `drained`.',
  },
  ClosedError: {
    code: 'CLOSED',
    retriable: false,
    advice: 'The connection was closed: open another.',
  },
  ProtocolError: {
    code: 'PROTOCOL',
    retriable: false,
    advice: 'The bytes are not what the version says, or the value does not fit it: `path` names the field.',
  },
  CompressionError: {
    code: 'COMPRESSION',
    retriable: false,
    advice: 'Install the package that the message names; to write zstd, run node 22.15 or later.',
  },
  RequestTimeoutError: {
    code: 'REQUEST_TIMEOUT',
    retriable: true,
    advice:
      'No answer in time. `outcome` says whether the request went out; give more `timeout`, or look at the broker.',
  },
  AuthenticationError: {
    code: 'AUTHENTICATION',
    retriable: false,
    advice:
      'Correct `sasl`, or connect to the listener that it is meant for: the message says which. Retriable where the token provider failed, or the broker says so.',
  },
  UnsupportedVersionError: {
    code: 'UNSUPPORTED_VERSION',
    retriable: false,
    advice: 'Broker and client share no version of the API, or not the one that was asked for: `ours`, `theirs`.',
  },
  BrokerError: {
    code: 'BROKER',
    retriable: false,
    advice: 'The broker answered with an error: `code` is its name for it, `number` what travelled.',
  },
  ProduceError: {
    code: 'PRODUCE',
    retriable: false,
    advice: 'A record was not delivered: `outcome` says whether it may be in the log, `cause` why.',
  },
  OffsetOutOfRangeError: {
    code: 'OFFSET_OUT_OF_RANGE',
    retriable: false,
    advice: 'The position is not in the log: `seek` to one that is, or leave out `offsetReset: "error"`.',
  },
  LogTruncationError: {
    code: 'LOG_TRUNCATION',
    retriable: false,
    advice: 'Records that were read are lost, and others may be in their place: `seek` to `safeOffset` or below.',
  },
  HandlerError: {
    code: 'HANDLER',
    retriable: false,
    advice: 'A handler or a deserializer failed, `cause` says of what: mend that, or give `onError` and skip `record`.',
  },
  HandlerTimeoutError: {
    code: 'HANDLER_TIMEOUT',
    retriable: false,
    advice:
      'A handler took longer than `handlerTimeout` and was unsubscribed: give it more, or look at what it waits for.',
  },
  ListenError: {
    code: 'LISTEN',
    retriable: true,
    advice: 'The embedded broker cannot have address or port: the message says which, and what it could have instead.',
  },
} as const

/** The names of the classes. */
export type ErrorName = keyof typeof errorTable

/** The `code` of a {@link BrokerError}: Kafka's name for it, or the number of one that came after this release. */
export type BrokerErrorCode = BrokerErrorName | `UNKNOWN_ERROR_CODE_${number}`

/** Every `code` that an error of kafka-rx may have. */
export type KafkaErrorCode = (typeof errorTable)[ErrorName]['code'] | BrokerErrorCode
