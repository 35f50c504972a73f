import { catchError, map, type Observable, of } from 'rxjs'
import { type Broker, type BrokerOptions, broker, KafkaError, type RequestOptions } from '../../src/index.js'
import { Metadata } from '../../src/protocol/index.js'
import { type Answers, scriptedBroker } from './scripted-broker.js'

/** Where a scripted broker is. */
export const host = 'broker'

/** What `requests` make of a broker that answers so. */
export function use<R>(
  answers: Answers,
  requests: (kafka: Broker) => Observable<R>,
  options: Partial<BrokerOptions> = {},
): Observable<R> {
  return broker({ host, transport: scriptedBroker(answers), ...options }, requests)
}

/** The letter that the other end answers with. */
export function ask(kafka: Broker, options?: RequestOptions): Observable<string | null> {
  return kafka.request(Metadata, { topics: [] }, options).pipe(map(({ clusterId }) => clusterId))
}

/** An error as a value: its name, and what became of the request. */
export function outcome<T>(request: Observable<T>): Observable<T | string> {
  return request.pipe(catchError(error => of(nameOf(error))))
}

/** Of an error: what it is called, and what became of the request. */
export function nameOf(error: unknown): string {
  return error instanceof KafkaError ? `${error.name} ${error.outcome}` : String(error)
}
