import type { ConnectionOptions as TlsOptions } from 'node:tls'
import type { Observable, SchedulerLike } from 'rxjs'

/** Where a {@link Transport} connects to, and how. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly family: 0 | 4 | 6
  readonly tls: boolean | TlsOptions
  readonly noDelay: boolean
  /** Idle ms before a probe, or false. */
  readonly keepAlive: number | false
  /** In ms; `connect` itself ends the attempt then, a transport need not. */
  readonly timeout: number
  readonly scheduler: SchedulerLike
}

/**
 * What opens sockets: emits one open {@link Channel} and stays; errors when the socket fails, before it is open or
 * after; unsubscribing destroys the socket at once. Cold: one socket a subscription.
 *
 * @example
 * const logged: Transport = endpoint => tcp()(endpoint).pipe(tap(channel => console.log(channel.remoteAddress)))
 */
export type Transport = (endpoint: Endpoint) => Observable<Channel>

/** An open socket, as a {@link Transport} gives it. */
export interface Channel {
  /**
   * The bytes as they come; subscribing resumes the socket, unsubscribing pauses it. One subscriber at a time. Only
   * emits and completes (at FIN): that the socket failed is the Transport's to say.
   */
  readonly incoming: Observable<Buffer>
  /** Cold: subscribing writes; completes when the kernel has taken all. The buffers may be reused after that. */
  write(buffers: readonly Uint8Array[]): Observable<never>
  /** Sends FIN after what was written; reading goes on. */
  end(): void
  /**
   * Completes when the I/O that is ready by now has been done: what a deadline found overdue waits for. Left out, it
   * waits for nothing.
   */
  readonly ioTurn?: Observable<never> | undefined
  /** Has the socket keep the process alive, as an open one does; left out where that is not its to say. */
  ref?(): void
  /** Has the socket not keep the process alive. */
  unref?(): void
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
}
