import { concatMap, EMPTY, type Observable, of, take } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { BrokerError } from '../errors.js'
import { errorOf } from '../protocol/error-codes.js'
import type { Metadata } from './metadata.js'
import type { Topic } from './topic.js'

/** For so long a topic that is not there is asked for: it may have been made just now, in ms. */
const MISSING = 10_000

/** Why a topic that is watched will not be there; undefined while it may still come. */
export function absence(metadata: Metadata, name: string, now: number): BrokerError | undefined {
  const code = metadata.view.missing.get(name)
  if (code === undefined) return undefined
  const isHopeless = errorOf(code)?.retriable !== true
  const since = metadata.missingSince(name)
  if (!isHopeless && (since === undefined || now - since < MISSING)) return undefined
  return brokerError(code, `the topic ${name}`)
}

/**
 * The topic as soon as it is known. Errors with a {@link BrokerError} that names it: at once where no other try would
 * mend it, after ten seconds where it is not there.
 */
export function awaitTopic(metadata: Metadata, name: string, now: () => number): Observable<Topic> {
  return metadata.watch({ topics: [name], create: false }).pipe(
    concatMap(({ topics }) => {
      const topic = topics.get(name)
      if (topic !== undefined) return of(topic)
      const failure = absence(metadata, name, now())
      if (failure !== undefined) throw failure
      return EMPTY
    }),
    take(1),
  )
}
