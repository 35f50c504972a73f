import type { ConnectionOptions as TlsOptions } from 'node:tls'
import * as kafkaRx from 'kafka-rx'
import * as connectionEntry from 'kafka-rx/connection'
import {
  type ArgumentError,
  type BacklogError,
  type BrokerError,
  type ByteSource,
  byteSource,
  type Channel,
  type ClosedError,
  type ConnectError,
  type Connection,
  type ConnectionError,
  type ConnectOptions,
  connect,
  type DecodeFramesOptions,
  decodeFrames,
  type EndOfStreamError,
  type Endpoint,
  encodeFrames,
  type FrameError,
  hexdump,
  type KafkaError,
  type KafkaErrorCode,
  type OpenOptions,
  type Outcome,
  open,
  pullMap,
  type ReceiveOptions,
  type ReceiveTimeoutError,
  receive,
  type SendTimeoutError,
  type TcpOptions,
  type Transport,
  tcp,
  tryReceive,
  type WriteOptions,
} from 'kafka-rx/connection'
import type { ErrorName } from 'kafka-rx/protocol'
import { byteMarbles, hex, type Script, type ScriptedTransport, scripted, text } from 'kafka-rx/testing'
import { map, NEVER, type Observable, type OperatorFunction, of, type SchedulerLike, type Subject } from 'rxjs'
import type { RunHelpers } from 'rxjs/testing'
import { describe, expect, expectTypeOf, it } from 'vitest'

// The compiler checks these: a signature that changes fails `npm run check`, before anything runs.

declare const connection: Connection

describe('connect', () => {
  it('gives the connection, or what `use` makes of it', () => {
    expectTypeOf(connect({ host: 'a' })).toEqualTypeOf<Observable<Connection>>()
    expectTypeOf(connect({ host: 'a' }, () => of(1))).toEqualTypeOf<Observable<number>>()
    expectTypeOf(connect({ host: 'a' }, () => ['x'])).toEqualTypeOf<Observable<string>>()
    expectTypeOf(connect({ host: 'a' }, () => Promise.resolve(true))).toEqualTypeOf<Observable<boolean>>()
    expectTypeOf(connect({ host: 'a' }, used => used.pipe(receive(4)))).toEqualTypeOf<Observable<Buffer>>()
    expectTypeOf(connect<number>)
      .parameter(1)
      .parameter(0)
      .toEqualTypeOf<Connection>()
  })

  it('takes the options of the design and no others', () => {
    expectTypeOf<ConnectOptions>().toEqualTypeOf<{
      readonly host: string
      readonly port?: number | undefined
      readonly timeout?: number | undefined
      readonly family?: 0 | 4 | 6 | undefined
      readonly tls?: boolean | TlsOptions | undefined
      readonly noDelay?: boolean | undefined
      readonly keepAlive?: number | false | undefined
      readonly maxMessageBytes?: number | undefined
      readonly maxQueuedBytes?: number | undefined
      readonly transport?: Transport | undefined
      readonly scheduler?: SchedulerLike | undefined
      readonly turns?: SchedulerLike | undefined
    }>()
    // @ts-expect-error there is nowhere to connect to
    expectTypeOf(connect).toBeCallableWith({})
    // @ts-expect-error not an IP version
    expectTypeOf(connect).toBeCallableWith({ host: 'a', family: 5 })
    // @ts-expect-error misspelt
    const options: ConnectOptions = { host: 'a', time: 1 }
    expectTypeOf(options).toEqualTypeOf<ConnectOptions>()
  })
})

describe('open', () => {
  it('gives a Promise of the connection and takes a signal beside the options', () => {
    expectTypeOf(open).toEqualTypeOf<(options: OpenOptions) => Promise<Connection>>()
    expectTypeOf<OpenOptions>().toExtend<ConnectOptions>()
    expectTypeOf<Pick<OpenOptions, 'signal'>>().toEqualTypeOf<{ readonly signal?: AbortSignal | undefined }>()
    expectTypeOf<Exclude<keyof OpenOptions, keyof ConnectOptions>>().toEqualTypeOf<'signal'>()
  })
})

describe('a Connection', () => {
  it('is an Observable of chunks that takes bytes back', () => {
    expectTypeOf<Connection>().toExtend<Observable<Buffer>>()
    expectTypeOf<Connection>().toExtend<ByteSource>()
    expectTypeOf<Connection['unread']>().toEqualTypeOf<(bytes: Uint8Array) => void>()
  })

  it('is a Subject of writes', () => {
    expectTypeOf<Connection['send']>().toEqualTypeOf<Subject<Uint8Array>>()
    expectTypeOf<Connection['write']>().toEqualTypeOf<
      (bytes: Uint8Array | readonly Uint8Array[], options?: WriteOptions) => Observable<number>
    >()
    expectTypeOf<WriteOptions>().toEqualTypeOf<{ readonly timeout?: number | undefined }>()
    // @ts-expect-error text is not bytes: it has to be encoded
    expectTypeOf<Connection['write']>().toBeCallableWith('text')
  })

  it('ends at once, or with care', () => {
    expectTypeOf<Connection['close']>().toEqualTypeOf<() => void>()
    expectTypeOf<Connection[typeof Symbol.asyncDispose]>().toEqualTypeOf<() => Promise<void>>()
    expectTypeOf<Connection>().toExtend<AsyncDisposable>()
  })

  it('tells what it is and how far it is, to be read only', () => {
    expectTypeOf<
      Pick<
        Connection,
        | 'closed'
        | 'queuedBytes'
        | 'bytesRead'
        | 'bytesWritten'
        | 'remoteAddress'
        | 'remotePort'
        | 'localAddress'
        | 'localPort'
      >
    >().toEqualTypeOf<{
      readonly closed: boolean
      readonly queuedBytes: number
      readonly bytesRead: number
      readonly bytesWritten: number
      readonly remoteAddress: string
      readonly remotePort: number
      readonly localAddress: string
      readonly localPort: number
    }>()
  })
})

describe('the operators', () => {
  type FromBytes<T> = OperatorFunction<Uint8Array, T>

  it('cut Buffers out of bytes', () => {
    type Length = number | ((previous: Buffer | undefined, index: number) => number)
    expectTypeOf(receive).toEqualTypeOf<(length: Length, options?: ReceiveOptions) => FromBytes<Buffer>>()
    expectTypeOf(tryReceive).toEqualTypeOf<(length: number, options?: ReceiveOptions) => FromBytes<Buffer>>()
    expectTypeOf(decodeFrames).toEqualTypeOf<(options?: DecodeFramesOptions) => FromBytes<Buffer>>()
    expectTypeOf(encodeFrames).toEqualTypeOf<() => FromBytes<Uint8Array>>()
  })

  it('take a deadline and the scheduler that counts it', () => {
    expectTypeOf<ReceiveOptions>().toEqualTypeOf<{
      readonly timeout?: number | undefined
      readonly scheduler?: SchedulerLike | undefined
    }>()
    expectTypeOf<DecodeFramesOptions>().toExtend<ReceiveOptions & { readonly maxLength?: number | undefined }>()
    expectTypeOf<Exclude<keyof DecodeFramesOptions, keyof ReceiveOptions>>().toEqualTypeOf<'maxLength'>()
  })

  it('infer through a pipe', () => {
    const handle = (frame: Buffer) => of(frame.length)
    const pipe = () => connection.pipe(decodeFrames(), pullMap(handle, 4), map(String))
    expectTypeOf(pipe).returns.toEqualTypeOf<Observable<string>>()
    const indexed = () => of('a').pipe(pullMap((value, index) => [value, index] as const))
    expectTypeOf(indexed).returns.toEqualTypeOf<Observable<string | number>>()
    expectTypeOf(pullMap((value: number) => Promise.resolve(`${value}`))).toEqualTypeOf<
      OperatorFunction<number, string>
    >()
  })

  it('do not apply to what is not bytes', () => {
    // @ts-expect-error strings cannot be cut into slices
    const text = () => of('text').pipe(receive(4))
    expectTypeOf(text).toBeFunction()
  })

  it('are not all: any bytes can be read by turns and given back, and looked at', () => {
    expectTypeOf(byteSource).toEqualTypeOf<(source: Observable<Uint8Array>) => ByteSource>()
    expectTypeOf<ByteSource>().toExtend<Observable<Buffer>>()
    expectTypeOf(hexdump).toEqualTypeOf<(bytes: Uint8Array) => string>()
  })
})

describe('a Transport', () => {
  it('is a function from an endpoint to its channel', () => {
    expectTypeOf<Transport>().toEqualTypeOf<(endpoint: Endpoint) => Observable<Channel>>()
    expectTypeOf(tcp).toEqualTypeOf<(options?: TcpOptions) => Transport>()
    expectTypeOf<Pick<Channel, 'incoming' | 'write' | 'end' | 'ioTurn'>>().toEqualTypeOf<{
      readonly incoming: Observable<Buffer>
      write(buffers: readonly Uint8Array[]): Observable<never>
      end(): void
      readonly ioTurn?: Observable<never> | undefined
    }>()
    expectTypeOf<Pick<Channel, 'ref' | 'unref'>>().toEqualTypeOf<{ ref?(): void; unref?(): void }>()
    expectTypeOf<keyof Endpoint>().toEqualTypeOf<
      'host' | 'port' | 'family' | 'tls' | 'noDelay' | 'keepAlive' | 'timeout' | 'scheduler'
    >()
  })

  it('can be scripted, with marbles or Observables', () => {
    expectTypeOf(scripted).toEqualTypeOf<(script?: Script, ...laterAttempts: readonly Script[]) => ScriptedTransport>()
    expectTypeOf<ScriptedTransport>().toExtend<Transport>()
    expectTypeOf<ScriptedTransport['sent']>().toEqualTypeOf<Observable<Buffer>>()
    expectTypeOf(scripted).toBeCallableWith({ connect: '--o', incoming: NEVER, write: '-|', answer: of, error: 1 })
    expectTypeOf(text).toEqualTypeOf<OperatorFunction<Uint8Array, string>>()
    expectTypeOf(hex).toEqualTypeOf<OperatorFunction<Uint8Array, string>>()
    expectTypeOf(byteMarbles).toEqualTypeOf<
      (deepEqual: (actual: unknown, expected: unknown) => void) => <R>(test: (helpers: RunHelpers) => R) => R
    >()
  })
})

describe('an error', () => {
  it('says what happened, whether to try again, and what became of the bytes', () => {
    expectTypeOf<Pick<KafkaError, 'code' | 'retriable' | 'outcome'>>().toEqualTypeOf<{
      readonly code: KafkaErrorCode
      readonly retriable: boolean
      readonly outcome?: Outcome
    }>()
    expectTypeOf<KafkaError>().toExtend<Error>()
    expectTypeOf<Outcome>().toEqualTypeOf<'unsent' | 'rejected' | 'unknown'>()
  })

  it('has one of the codes that there are, so that a misspelt one does not compile', () => {
    const isLate = (error: KafkaError) => error.code === 'RECEIVE_TIMEOUT' || error.code === 'REQUEST_TIMED_OUT'
    // @ts-expect-error there is no such code
    const isNever = (error: KafkaError) => error.code === 'RECIEVE_TIMEOUT'
    expectTypeOf(isLate).toEqualTypeOf(isNever)
    expectTypeOf<string>().not.toExtend<KafkaErrorCode>()
  })

  it('is a KafkaError, with the fields of its kind', () => {
    expectTypeOf<
      ArgumentError | BacklogError | ClosedError | ConnectionError | FrameError | SendTimeoutError
    >().toExtend<KafkaError>()
    expectTypeOf<ConnectError>().toExtend<KafkaError & { readonly host: string; readonly port: number }>()
    expectTypeOf<EndOfStreamError>().toExtend<
      KafkaError & { readonly had: number; readonly wanted: number; readonly part: Buffer }
    >()
    expectTypeOf<ReceiveTimeoutError>().toExtend<KafkaError & { readonly had: number; readonly wanted: number }>()
    expectTypeOf<SendTimeoutError['started']>().toEqualTypeOf<boolean>()
    expectTypeOf<BrokerError['code']>().toEqualTypeOf<ErrorName | `UNKNOWN_ERROR_CODE_${number}`>()
    expectTypeOf<FrameError['length']>().toEqualTypeOf<number>()
  })
})

describe('the entry points', () => {
  it('offer the connection from both, as the same', () => {
    const names = [
      ...['connect', 'open', 'Connection', 'ByteSource', 'byteSource', 'receive', 'tryReceive', 'decodeFrames'],
      ...['encodeFrames', 'pullMap', 'hexdump', 'tcp', 'KafkaError', 'ArgumentError', 'ConnectError'],
      ...['ConnectionError', 'EndOfStreamError', 'FrameError', 'ReceiveTimeoutError', 'SendTimeoutError'],
      ...['BacklogError', 'ClosedError', 'ProtocolError', 'CompressionError', 'RequestTimeoutError'],
      ...['AuthenticationError', 'UnsupportedVersionError', 'BrokerError', 'ProduceError', 'ListenError', 'errorTable'],
      ...['OffsetOutOfRangeError', 'LogTruncationError'],
    ].toSorted()
    expect(Object.keys(connectionEntry).toSorted()).toEqual(names)
    expect(kafkaRx).toMatchObject(connectionEntry)
  })
})
