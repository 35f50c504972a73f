import { catchError, concatMap, defer, forkJoin, map, type Observable, of, retry, take, throwError, timer } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import { ConnectError, ConnectionError, type KafkaError, RequestTimeoutError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { Metadata, type MetadataResponse } from '../protocol/messages/metadata.js'
import type { Cluster } from './cluster.js'
import { REST } from './lane-of.js'
import { withBroker } from './with-broker.js'

/** So often in a row a broker that cannot be reached is tried. */
const TRIES = 2

/**
 * Emits once every broker that is up answers as it should about these topics, each asked again until it does: what one
 * broker has done, the others learn a little later. A broker that cannot be reached, or leaves, is not waited for.
 *
 * @param what  what is waited for, as an error says it
 * @param timeout  in ms; past it errors with RequestTimeoutError
 * @param isRight  whether an answer is as it should be
 */
export function everywhere(
  cluster: Cluster,
  names: readonly string[],
  what: string,
  timeout: number,
  isRight: (response: MetadataResponse) => boolean,
): Observable<MetadataResponse> {
  const { metadata, scheduler } = cluster
  return defer(() => {
    const due = scheduler.now() + timeout
    const wait = (attempt: number) => timer(cluster.backoff(attempt), scheduler)
    const askOf = (nodeId: number) =>
      withBroker(cluster.connection(nodeId, REST), broker => {
        const body = { topics: names.map(name => ({ name })), allowAutoTopicCreation: false }
        return broker.request(Metadata, body, { timeout: Math.max(due - scheduler.now(), 1) })
      }).pipe(
        map(response => {
          if (isRight(response)) return response
          throw new NotYet()
        }),
        retry({
          delay: (error: unknown, attempt) => {
            if (scheduler.now() >= due) return throwError(() => tooLate(what, nodeId, timeout))
            const isWorthIt = error instanceof NotYet || (isLost(error) && attempt < TRIES)
            return isWorthIt && metadata.view.nodes.has(nodeId) ? wait(attempt) : throwError(() => error)
          },
        }),
        catchError(error => (isLost(error) || error instanceof NotYet ? of(undefined) : throwError(() => error))),
      )
    return metadata.watch({ topics: [], create: false }).pipe(
      take(1),
      concatMap(({ nodes }) => forkJoin([...nodes.keys()].map(askOf))),
      map(answers => {
        const answer = answers.find(one => one !== undefined)
        if (answer === undefined) throw brokerError(errors.BROKER_NOT_AVAILABLE.code, what)
        return answer
      }),
    )
  })
}

/** A broker that has not heard of it yet. */
class NotYet extends Error {}

function isLost(error: unknown): boolean {
  return error instanceof ConnectError || error instanceof ConnectionError
}

function tooLate(what: string, nodeId: number, timeout: number): KafkaError {
  const message = `${what}: done, but node ${nodeId} does not know of it within ${timeout} ms`
  return new RequestTimeoutError(message, { api: Metadata.name, timeout, outcome: 'unknown' })
}
