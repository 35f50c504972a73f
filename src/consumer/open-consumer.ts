import { defer, Observable, type ObservableInput, Subscription } from 'rxjs'
import type { Cluster } from '../cluster/cluster.js'
import { follow } from '../connection/follow.js'
import { streamOf } from '../connection/stream-of.js'
import type { Consumer } from './consumer.js'
import type { ConsumerConfig } from './consumer-config.js'
import { ConsumerSession, type Ending } from './consumer-session.js'

type AnyConsumer = Consumer<unknown, unknown>

/** What opens a consumer. */
export interface OpenOptions<R> {
  readonly cluster: Cluster
  readonly config: ConsumerConfig
  /** For each subscription another, unique among the consumers of the cluster's client. */
  readonly id: () => string
  /** What is done with it, which it lives as long as; without it, it is emitted and lives as long as the subscription. */
  readonly use?: (consumer: AnyConsumer) => ObservableInput<R>
  /** When it emits while there is no consumer yet, there will be none. */
  readonly until?: Observable<unknown>
}

/**
 * A consumer, from its join to its good-bye: an end that comes from inside, complete or error, is told when what was
 * handled is committed and the group left; unsubscribed, that goes on in the background, and `released` waits for it.
 */
export function openConsumer<R>({ cluster, config, id, use, until }: OpenOptions<R>): Observable<AnyConsumer | R> {
  return new Observable(subscriber => {
    const letGo = cluster.hold()
    const session = new ConsumerSession(cluster, config, id())
    const life = new Subscription()
    let isEnding = false

    function end(ending: Ending, tell: () => void): void {
      if (isEnding) return
      isEnding = true
      life.unsubscribe()
      session.end(ending).subscribe({
        complete: () => {
          letGo()
          tell()
        },
      })
    }
    const complete = () => end('completed', () => subscriber.complete())
    const fail = (error: unknown) => end('failed', () => subscriber.error(error))

    subscriber.add(() => end('abandoned', () => undefined))
    const waiting = new Subscription()
    life.add(waiting)
    if (until !== undefined) follow(until, waiting, { next: complete, error: fail, complete: () => undefined })
    if (isEnding) return
    follow(session.run(), life, {
      next: consumer => {
        waiting.unsubscribe()
        if (use === undefined) subscriber.next(consumer)
        else
          follow(
            defer(() => streamOf(use(consumer), 'use')),
            life,
            { next: value => subscriber.next(value), error: fail, complete },
          )
      },
      error: fail,
      complete,
    })
  })
}
