import {
  catchError,
  defer,
  EMPTY,
  map,
  merge,
  mergeMap,
  type Observable,
  type ObservableInput,
  of,
  switchMap,
  takeUntil,
  tap,
} from 'rxjs'
import { checkFunction } from '../connection/check-arguments.js'
import { connect } from '../connection/connect.js'
import type { Connection } from '../connection/connection.js'
import { lend } from '../connection/lend.js'
import { NEVER } from '../connection/time-bounds.js'
import { ConnectError } from '../errors.js'
import { Broker } from './broker.js'
import { type BrokerOptions, type BrokerSettings, brokerSettings } from './broker-options.js'
import { Handshake } from './handshake.js'
import { Requests } from './requests.js'
import { renewSession } from './sasl/renew-session.js'
import { within } from './within.js'

/**
 * Opens a broker when subscribed: connects, asks which versions it speaks and authenticates, all within `timeout`; then
 * emits the {@link Broker} once and stays, authenticating anew whenever its session nears its end (KIP-368).
 * Unsubscribing closes the connection at once.
 *
 * Completes at the end of `use`, whose result it mirrors, and else never of itself: that the broker hangs up is an error
 * too, {@link ConnectionError}, so that `retry({ delay })` around it reconnects after any end that was not asked for
 * here. As with {@link connect}, `firstValueFrom(broker(…))` and `take(1)` close at once: give `use`.
 *
 * ```text
 * broker(options)        --b-------------#     the broker hangs up
 * broker(options, use)   --------a---b---|     use: --a---b---|
 * ```
 *
 * @param options  see {@link BrokerOptions}
 * @param use  what to do with the broker
 * @throws {ArgumentError} at the call, when an option cannot be right
 * Errors with {@link ConnectError} when it is not open within `timeout`, with {@link AuthenticationError} (now, or when a
 * session has ended and could not be renewed), with {@link UnsupportedVersionError}, with {@link RequestTimeoutError}
 * when the connection was taken for dead, with {@link ProtocolError} when what comes cannot be told apart, and with
 * {@link ConnectionError} as the connection fails or the broker closes it.
 *
 * @example
 * import { broker } from 'kafka-rx'
 * import { DescribeCluster } from 'kafka-rx/protocol'
 * import { retry } from 'rxjs'
 *
 * const sasl = { mechanism: 'SCRAM-SHA-512', username: 'alice', password: 'alice-secret' } as const
 * const body = { includeClusterAuthorizedOperations: false }
 * broker({ host: 'localhost', port: 9093, tls: true, sasl }, kafka => kafka.request(DescribeCluster, body))
 *   .pipe(retry({ count: 3, delay: 1000 }))
 *   .subscribe(({ clusterId, brokers }) => console.log(clusterId, brokers.length))
 */
export function broker(options: BrokerOptions): Observable<Broker>
export function broker<R>(options: BrokerOptions, use: (broker: Broker) => ObservableInput<R>): Observable<R>
export function broker<R>(
  options: BrokerOptions,
  use?: (broker: Broker) => ObservableInput<R>,
): Observable<Broker | R> {
  const settings = brokerSettings(options)
  if (use !== undefined) checkFunction('use', use)
  const { timeout, scheduler } = settings.connect
  const opened = defer(() => {
    const due = scheduler.now() + timeout
    return connect(settings.connect).pipe(mergeMap(connection => openBroker(connection, settings, due)))
  })
  return use === undefined ? opened : lend(opened, use)
}

/** Emits the broker once it is open; goes on renewing its session until the connection ends. */
function openBroker(connection: Connection, settings: BrokerSettings, due: number): Observable<Broker> {
  const requests = new Requests(connection, settings)
  const handshake = new Handshake(requests, settings)
  const { requestTimeout, sasl, known } = settings
  let missing = 'ApiVersions was not answered; is this a Kafka listener, and one without TLS?'

  const opening = (known === undefined ? handshake.negotiate(NEVER) : of(known)).pipe(
    tap(() => {
      missing = `authentication by ${sasl?.mechanism} did not come to its end`
    }),
    switchMap(knows => handshake.authenticate(knows.versions, NEVER).pipe(map(session => ({ knows, session })))),
  )
  const { host, port, timeout } = settings.connect
  const tooLate = () => {
    const message = `cannot connect to ${host}:${port}: connected, but not open within ${timeout} ms: ${missing}`
    return new ConnectError(message, { host, port })
  }
  const openingInTime = within(connection.deadlines, tooLate, deadline => {
    deadline.expireAt(due)
    return opening
  })
  return openingInTime.pipe(
    mergeMap(({ knows, session }) =>
      merge(
        of(new Broker(requests, knows, settings)),
        renewSession(session, settings, () => handshake.authenticate(knows.versions, requestTimeout)).pipe(
          catchError(error => {
            requests.fail(error)
            return EMPTY
          }),
          takeUntil(requests.end),
        ),
      ),
    ),
  )
}
