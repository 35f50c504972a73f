import {
  EMPTY,
  ignoreElements,
  NEVER,
  Observable,
  ReplaySubject,
  type SchedulerLike,
  type Subscriber,
  Subscription,
} from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import type { Channel, Endpoint, Transport } from '../connection/transport.js'
import { checkOptions, type OptionNames } from '../errors/check-options.js'

/** Marbles, or an Observable in their place. */
export type Marbles<T> = string | Observable<T>

/** What one attempt to connect meets. All marbles count from the subscribe; `#` is a failure of the socket. */
export interface Script {
  /** `o` opens. Default `o`, at once. */
  readonly connect?: Marbles<unknown> | undefined
  /** What the peer sends; `|` is its FIN. What comes while nobody reads is kept, as a kernel keeps it. Default: nothing. */
  readonly incoming?: Marbles<Uint8Array> | undefined
  /** How long the kernel takes over each write, from when it begins: `--|`. Default `|`, at once. */
  readonly write?: Marbles<unknown> | undefined
  /** What the peer answers to the bytes of each write, if anything. */
  readonly answer?: ((bytes: Buffer) => Observable<Uint8Array> | undefined) | undefined
  /** What the letters of `incoming` stand for; by default for themselves. */
  readonly bytes?: Readonly<Record<string, string | Uint8Array>> | undefined
  /** What `#` fails with. Default an error with code ECONNRESET. */
  readonly error?: unknown
}

/** A {@link Transport} that follows a script. */
export interface ScriptedTransport extends Transport {
  /** The bytes of each write as it begins, those before the subscribe included. */
  readonly sent: Observable<Buffer>
}

/**
 * A transport without sockets: each attempt to connect follows its script, the last one every further attempt.
 *
 * Inside `TestScheduler.run` a whole conversation, the connect included, is a marble diagram.
 *
 * @example
 * const transport = scripted({ connect: '--o', incoming: '----a-b|', bytes: { a: 'abcde', b: 'fgh' } })
 * const slices = connect({ host, transport }).pipe(switchMap(connection => connection.pipe(receive(4), text)))
 * testScheduler.run(({ expectObservable }) => {
 *   expectObservable(slices).toBe('----x-y|', { x: 'abcd', y: 'efgh' })
 * })
 */
export function scripted(script: Script = {}, ...laterAttempts: readonly Script[]): ScriptedTransport {
  const scripts = [script, ...laterAttempts]
  for (const one of scripts) checkOptions(one, scriptNames, 'scripted()')
  const sent = new ReplaySubject<Buffer>()
  let attempts = 0
  const transport = (endpoint: Endpoint): Observable<Channel> =>
    new Observable(subscriber => {
      const attempt = scripts[Math.min(attempts++, scripts.length - 1)] as Script
      return playScript(attempt, endpoint, sent, subscriber)
    })
  return Object.assign(transport, { sent: sent.asObservable() })
}

const scriptNames: OptionNames<Script> = {
  connect: true,
  incoming: true,
  write: true,
  answer: true,
  bytes: true,
  error: true,
}

function playScript(
  script: Script,
  endpoint: Endpoint,
  sent: ReplaySubject<Buffer>,
  subscriber: Subscriber<Channel>,
): Subscription {
  const error = script.error ?? Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  const play = (marbles: Marbles<unknown>): Observable<unknown> =>
    typeof marbles === 'string' ? parse(marbles, script.bytes, error, endpoint.scheduler) : marbles
  const peer = new Subscription()
  const fail = (cause: unknown): void => subscriber.error(cause)
  const { incoming, arrive, finish } = kernelBuffer()

  peer.add(
    play(script.incoming ?? NEVER).subscribe({
      next: bytes => arrive(bytes as Uint8Array),
      error: fail,
      complete: finish,
    }),
  )
  const channel: Channel = {
    incoming,
    write: buffers =>
      new Observable<never>(written => {
        const bytes = Buffer.concat(buffers)
        sent.next(bytes)
        peer.add(script.answer?.(bytes)?.subscribe({ next: arrive, error: fail }))
        return play(script.write ?? EMPTY)
          .pipe(ignoreElements())
          .subscribe(written)
      }),
    end: () => {},
    remoteAddress: endpoint.host,
    remotePort: endpoint.port,
    localAddress: 'scripted',
    localPort: 0,
  }
  peer.add(play(script.connect ?? 'o').subscribe({ next: () => subscriber.next(channel), error: fail }))
  return peer
}

/** Keeps what arrives while nobody reads. */
function kernelBuffer() {
  const kept: Buffer[] = []
  let reader: Subscriber<Buffer> | undefined
  let finished = false
  const deliver = (): void => {
    while (reader?.closed === false && kept.length > 0) reader.next(kept.shift() as Buffer)
    if (finished) reader?.complete()
  }
  return {
    incoming: new Observable<Buffer>(subscriber => {
      reader = subscriber
      deliver()
      return () => {
        if (reader === subscriber) reader = undefined
      }
    }),
    arrive: (bytes: Uint8Array): void => {
      kept.push(Buffer.from(bytes))
      deliver()
    },
    finish: (): void => {
      finished = true
      deliver()
    },
  }
}

/** Marbles as an Observable of bytes; one character is 1 ms. */
function parse(marbles: string, bytes: Script['bytes'], error: unknown, scheduler: SchedulerLike): Observable<Buffer> {
  const messages = TestScheduler.parseMarbles(marbles, undefined, error, false, true)
  return new Observable(subscriber => {
    for (const { frame, notification } of messages) {
      const play = (): void => {
        if (notification.kind === 'N') subscriber.next(Buffer.from(bytes?.[notification.value] ?? notification.value))
        else if (notification.kind === 'E') subscriber.error(notification.error)
        else subscriber.complete()
      }
      subscriber.add(scheduler.schedule(play, frame / TestScheduler.frameTimeFactor))
    }
  })
}
