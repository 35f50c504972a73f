import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Connection, connect, decodeFrames, encodeFrames, open, pullMap, receive } from 'kafka-rx/connection'
import {
  BehaviorSubject,
  debounceTime,
  defer,
  distinctUntilChanged,
  EMPTY,
  filter,
  first,
  firstValueFrom,
  from,
  interval,
  lastValueFrom,
  map,
  merge,
  type Observable,
  retry,
  Subject,
  switchMap,
  take,
  tap,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConnectError, ConnectionError, EndOfStreamError, FrameError, ReceiveTimeoutError } from '../../src/errors.js'
import { makeCertificates } from './harness/certificates.js'
import { apiVersionsRequest, request } from './harness/exchange.js'
import { useKafka } from './harness/use-kafka.js'

const host = '127.0.0.1'
const apiVersions = 18

describe('a real Kafka', () => {
  const kafka = useKafka()
  const endpoint = () => ({ host, port: kafka().nodes[0].port('PLAINTEXT') })

  test('answers ApiVersions v0', async () => {
    const answer = await lastValueFrom(
      connect(endpoint(), connection => merge(frames(connection, 1), ask(connection, apiVersionsRequest(1)))),
    )
    // Correlation id, error code, then an array of (key, lowest, highest), each of two bytes.
    expect([answer.readInt32BE(), answer.readInt16BE(4)]).toEqual([1, 0])
    expect(answer.length).toBe(4 + 2 + 4 + answer.readInt32BE(6) * 6)
    expect(supported(answer.subarray(10), 6)).toContainEqual([apiVersions, 0, 5])
  })

  test('answers ApiVersions v4', async () => {
    // Header 2 ends in a tag section, empty; the body is two compact strings (length + 1, bytes)
    // and another.
    const body = Buffer.from('\0\x09kafka-rx\x061.0.0\0', 'latin1')
    const answer = await lastValueFrom(
      connect(endpoint(), connection =>
        merge(frames(connection, 1), ask(connection, request(apiVersions, 4, 2, body))),
      ),
    )
    expect([answer.readInt32BE(), answer.readInt16BE(4)]).toEqual([2, 0])
    // A compact array's count + 1 in one byte (it is under 127); each entry ends in an empty tag section.
    const count = answer.readUInt8(6) - 1
    expect(supported(answer.subarray(7, 7 + count * 7), 7)).toContainEqual([apiVersions, 0, 5])
    // The throttle time, none, comes after the array.
    expect(answer.readInt32BE(7 + count * 7)).toBe(0)
  })

  test('answers 10,000 pipelined requests in order', async () => {
    const requests = Array.from({ length: 10_000 }, (_, id) => apiVersionsRequest(id))
    const ids = await lastValueFrom(
      connect({ ...endpoint(), timeout: 60_000 }, connection =>
        merge(frames(connection, 10_000).pipe(map(correlationId), toArray()), ask(connection, ...requests)),
      ),
    )
    expect(ids).toEqual(Array.from({ length: 10_000 }, (_, id) => id))
  })

  test('frozen it costs a read its deadline and no more: thawed it answers on the same connection', async () => {
    const [node] = kafka().nodes
    const connection = await open(endpoint())
    await node.freeze()
    send(connection, apiVersionsRequest(3))
    const late = await firstValueFrom(connection.pipe(receive(4, { timeout: 300 }))).catch(error => error)
    expect(late).toBeInstanceOf(ReceiveTimeoutError)
    expect(late).toMatchObject({ had: 0, wanted: 4, retriable: true })
    expect(connection.closed).toBe(false)
    await node.thaw()
    // The answer to the request of before, then one to another.
    expect(correlationId(await firstValueFrom(frames(connection, 1)))).toBe(3)
    send(connection, apiVersionsRequest(4))
    const length = await firstValueFrom(connection.pipe(receive(4)))
    const body = await firstValueFrom(connection.pipe(receive(length.readInt32BE())))
    expect(correlationId(body)).toBe(4)
    connection.close()
  })

  test('killed while it is blocked on a paused reader it fails the connection, and retry has the next', async () => {
    const [node] = kafka().nodes
    const reading = new BehaviorSubject(false)
    const connections = new Subject<Connection>()
    const failures: unknown[] = []
    // 10 MB of requests and 6 MB of answers: more than sockets hold, so that a reader who waits blocks both sides.
    const requests = Array.from({ length: 10_000 }, (_, id) =>
      request(apiVersions, 0, id, Buffer.alloc(0), 'x'.repeat(1000)),
    )
    const whenReading = <T>(value: T) =>
      reading.pipe(
        first(Boolean),
        map(() => value),
      )

    const answers = connect({ ...endpoint(), timeout: 60_000 }, connection => {
      connections.next(connection)
      const ids = connection.pipe(decodeFrames(), pullMap(whenReading), take(10_000), map(correlationId), toArray())
      return merge(ids, ask(connection, ...requests))
    }).pipe(
      retry({
        delay: failure => {
          failures.push(failure)
          return timer(100)
        },
      }),
    )
    const ids = lastValueFrom(answers)

    const stuck = await firstValueFrom(connections.pipe(switchMap(whenStuck)))
    expect(stuck).toBeGreaterThan(0)
    expect(failures).toEqual([])
    await node.kill()
    reading.next(true)
    await expect.poll(() => failures.length, { timeout: 10_000 }).toBeGreaterThan(2)
    await node.start()
    expect(await ids).toEqual(Array.from({ length: 10_000 }, (_, id) => id))

    const [failure, ...refusals] = failures
    expect([ConnectionError, EndOfStreamError].some(type => failure instanceof type)).toBe(true)
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(ConnectError)
      expect(refusal).toMatchObject({ ...endpoint(), retriable: true, cause: { code: 'ECONNREFUSED' } })
    }
  })

  test('killed while nothing is under way it has closed, no more: the reader and the connection complete', async () => {
    const [node] = kafka().nodes
    const answers = connect(endpoint()).pipe(
      switchMap(connection =>
        merge(connection.pipe(decodeFrames(), map(correlationId)), ask(connection, apiVersionsRequest(8))),
      ),
    )
    const seen: number[] = []
    const ended = lastValueFrom(answers.pipe(tap(id => seen.push(id))))
    await expect.poll(() => seen).toEqual([8])
    await node.kill()
    expect(await ended).toBe(8)
    await node.start()
  })

  describe('sent garbage', () => {
    // It closes in good order when it has read all that was sent: an end, no error, however little sense it made.
    test.each([
      ['a length of 1.2 GB', Buffer.from('GET ')],
      ['a negative length', Buffer.alloc(4, 0xff)],
      ['a frame that holds no header', Buffer.from([0, 0, 0, 3, 1, 2, 3])],
      ['an API that there is none of', framed(request(0x7fff, 0, 1, Buffer.alloc(0)))],
    ])('%s: it hangs up, and the reader and the connection complete', async (_what, garbage) => {
      const seen = connect(endpoint()).pipe(
        switchMap(connection => {
          connection.send.next(garbage)
          return connection.pipe(decodeFrames())
        }),
        toArray(),
      )
      expect(await lastValueFrom(seen)).toEqual([])
    })

    test('after an answer: the answer is read, then the end', async () => {
      const seen = connect(endpoint()).pipe(
        switchMap(connection => {
          send(connection, apiVersionsRequest(5), request(0x7fff, 0, 6, Buffer.alloc(0)))
          return connection.pipe(decodeFrames())
        }),
        map(correlationId),
        toArray(),
      )
      expect(await lastValueFrom(seen)).toEqual([5])
    })

    test('32 MB of it: it hangs up with most of it unread, which is a reset', async () => {
      const failure = lastValueFrom(
        connect({ ...endpoint(), timeout: 10_000 }, connection => connection.write(Buffer.alloc(32 << 20, 'GET / '))),
      )
      await expect(failure).rejects.toBeInstanceOf(ConnectionError)
      expect(['ECONNRESET', 'EPIPE']).toContain(await failure.catch(error => error.cause.code))
    })
  })
})

describe('TLS on a real Kafka', () => {
  const kafka = useKafka({ listeners: ['SSL', 'PLAINTEXT'] })
  const ssl = () => ({ host, port: kafka().nodes[0].port('SSL') })
  const plain = () => ({ host, port: kafka().nodes[0].port('PLAINTEXT') })
  const exchange = (connection: Connection) =>
    merge(frames(connection, 1).pipe(map(correlationId)), ask(connection, apiVersionsRequest(7)))

  test.each([host, 'localhost'])('answers under the right authority as %s', async name => {
    const options = { ...ssl(), host: name, tls: { ca: kafka().ca } }
    expect(await lastValueFrom(connect(options, exchange))).toBe(7)
  })

  test('10,000 pipelined requests are answered in order', async () => {
    const requests = Array.from({ length: 10_000 }, (_, id) => apiVersionsRequest(id))
    const ids = await lastValueFrom(
      connect({ ...ssl(), tls: { ca: kafka().ca }, timeout: 60_000 }, connection =>
        merge(frames(connection, 10_000).pipe(map(correlationId), toArray()), ask(connection, ...requests)),
      ),
    )
    expect(ids).toEqual(Array.from({ length: 10_000 }, (_, id) => id))
  })

  test('is not believed under another authority', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kafka-rx-spec-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const { ca } = await makeCertificates(folder)
    const failure = await firstValueFrom(connect({ ...ssl(), tls: { ca } })).catch(error => error)
    expect(failure).toBeInstanceOf(ConnectError)
    expect(failure).toMatchObject({ ...ssl(), cause: { code: 'SELF_SIGNED_CERT_IN_CHAIN' } })
  })

  test('is not believed under another name', async () => {
    const tls = { ca: kafka().ca, servername: 'elsewhere.example' }
    const failure = await firstValueFrom(connect({ ...ssl(), tls })).catch(error => error)
    expect(failure).toBeInstanceOf(ConnectError)
    expect(failure).toMatchObject({ ...ssl(), cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
  })

  test('spoken to in plain text: the alert that it answers is named for what it is', async () => {
    const failure = await lastValueFrom(connect(ssl(), exchange)).catch(error => error)
    expect(failure).toBeInstanceOf(FrameError)
    expect(failure.message).toContain('looks like a TLS alert')
  })

  test('spoken to a plain listener: it says so', async () => {
    const failure = await firstValueFrom(connect({ ...plain(), tls: { ca: kafka().ca } })).catch(error => error)
    expect(failure).toBeInstanceOf(ConnectError)
    expect(failure).toMatchObject({ ...plain(), cause: { code: 'ECONNRESET' } })
    expect(failure.message).toContain('is the listener plain text?')
  })
})

/** The next `count` frames of the answer. */
function frames(connection: Connection, count: number): Observable<Buffer> {
  return connection.pipe(decodeFrames(), take(count))
}

/** Sends when subscribed; merged after a reader, the reader is there first. */
function ask(connection: Connection, ...requests: Buffer[]): Observable<never> {
  return defer(() => {
    send(connection, ...requests)
    return EMPTY
  })
}

/** Without the `complete` of `from`, which would half-close: Kafka takes that for goodbye. */
function send(connection: Connection, ...requests: Buffer[]): void {
  from(requests)
    .pipe(encodeFrames())
    .subscribe(bytes => connection.send.next(bytes))
}

/** The queue's size once it has not moved for a second though there is some. */
function whenStuck(connection: Connection): Observable<number> {
  return interval(50).pipe(
    map(() => connection.queuedBytes),
    distinctUntilChanged(),
    debounceTime(1000),
    filter(queued => queued > 0),
  )
}

function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

function correlationId(answer: Buffer): number {
  return answer.readInt32BE()
}

/** Key, lowest and highest version of each entry. */
function supported(entries: Buffer, size: number): number[][] {
  return Array.from({ length: entries.length / size }, (_, i) =>
    [0, 2, 4].map(offset => entries.readInt16BE(i * size + offset)),
  )
}
