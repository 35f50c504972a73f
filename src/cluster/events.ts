import { channel } from 'node:diagnostics_channel'
import { debuglog, inspect } from 'node:util'
import { type Observable, Subject } from 'rxjs'
import type { KafkaEvent } from './kafka-event.js'

const log = debuglog('kafka-rx')

type Type = KafkaEvent['type']
const channels = new Map<Type, ReturnType<typeof channel>>()

/**
 * What happens in one client, told to its `events`, to NODE_DEBUG=kafka-rx and to the channel `kafka-rx:<type>` of
 * node:diagnostics_channel.
 */
export class Events {
  readonly #told = new Subject<KafkaEvent>()
  /** Hot. */
  readonly stream: Observable<KafkaEvent> = this.#told.asObservable()

  /** Whether anybody subscribes: what nobody hears may be said in another way. */
  get isHeard(): boolean {
    return this.#told.observed
  }

  tell(event: KafkaEvent): void {
    const published = channelOf(event.type)
    if (published.hasSubscribers) published.publish(event)
    if (log.enabled) log('%s %s', event.type, inspect(event, { depth: 2, breakLength: Number.POSITIVE_INFINITY }))
    this.#told.next(event)
  }
}

function channelOf(type: Type): ReturnType<typeof channel> {
  const known = channels.get(type)
  if (known !== undefined) return known
  const made = channel(`kafka-rx:${type}`)
  channels.set(type, made)
  return made
}
