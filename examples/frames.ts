import { type Connection, connect, decodeFrames, encodeFrames, pullMap, receive } from 'kafka-rx/connection'
import {
  catchError,
  concat,
  defer,
  delay,
  from,
  ignoreElements,
  map,
  type Observable,
  of,
  take,
  takeUntil,
  tap,
  timer,
} from 'rxjs'
import { framePeer } from './frame-peer.js'

/** What the connection does, a line at a time, against a peer on loopback. */
export const frames: Observable<string> = framePeer(port =>
  connect({ host: '127.0.0.1', port }, connection =>
    concat(
      of(
        `connected to 127.0.0.1:${port}`,
        '',
        'Three frames go, three come back, each handled before the next is read:',
      ),
      exchange(connection, ['one', 'two', 'three']),
      of('', 'A read that has 100 ms, for an answer that takes 300:'),
      timedOut(connection, 'slow answer'),
      of('', 'A read of 1000 bytes, cancelled after 400 ms, when that answer had come:'),
      cancelled(connection),
      of('', 'Nothing is lost. The next reader sees the answer from its first byte:'),
      received(connection, 1),
    ),
  ),
)

function exchange(connection: Connection, texts: string[]): Observable<string> {
  return concat(send(connection, texts), received(connection, texts.length))
}

function timedOut(connection: Connection, text: string): Observable<string> {
  const read = connection.pipe(receive(4, { timeout: 100 }), map(String))
  return concat(send(connection, [text]), read).pipe(catchError(error => of(`  ${error.code}: ${error.message}`)))
}

function cancelled(connection: Connection): Observable<string> {
  const read = connection.pipe(receive(1000), ignoreElements(), takeUntil(timer(400)))
  return concat(
    read,
    defer(() => of(`  cancelled; ${connection.bytesRead} bytes have come over the connection in all`)),
  )
}

function received(connection: Connection, count: number): Observable<string> {
  return connection.pipe(
    decodeFrames(),
    pullMap(frame => of(`  received ${frame}`).pipe(delay(20))),
    take(count),
  )
}

function send(connection: Connection, texts: string[]): Observable<never> {
  return defer(() => from(texts)).pipe(
    map(text => Buffer.from(text)),
    encodeFrames(),
    tap(bytes => connection.send.next(bytes)),
    ignoreElements(),
  )
}
