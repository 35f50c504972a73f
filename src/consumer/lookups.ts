import { map, type Observable, Subscription } from 'rxjs'
import type { Broker } from '../broker/index.js'
import { isHopeless } from '../cluster/ask-any.js'
import type { Cluster } from '../cluster/cluster.js'
import { REST } from '../cluster/lane-of.js'
import { withBroker } from '../cluster/with-broker.js'
import { type KafkaError, UnsupportedVersionError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { ListOffsets } from '../protocol/messages/list-offsets.js'
import { OffsetForLeaderEpoch } from '../protocol/messages/offset-for-leader-epoch.js'
import type { ReadConfig } from './consumer-config.js'
import { epochAnswers, epochEndRequest } from './epoch-end.js'
import { listOffsetsRequest, offsetAnswers } from './list-offsets.js'
import type { Place } from './place.js'
import { epochEndFound, offsetFound, type Question, type Stage } from './position-machine.js'
import type { Positions } from './positions.js'

const NEVER = Number.POSITIVE_INFINITY

/** A place with what its leader is asked. */
interface Asked {
  readonly place: Place
  readonly question: Question
  /** An answer to another stage is late. */
  readonly stage: Stage
}

/** What a leader says of one of them. */
interface Answer {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  readonly leaderEpoch: number
  readonly offset?: bigint
  readonly endOffset?: bigint
}

/** What {@link Lookups} are made of. */
export interface LookupsOptions {
  readonly cluster: Cluster
  readonly config: ReadConfig
  readonly positions: Positions
  readonly onFailed: (error: KafkaError) => void
}

/** Asks leaders what is to be known of positions: one request a leader and kind of question, for many places. */
export class Lookups {
  readonly #options: LookupsOptions
  readonly #life = new Subscription()

  constructor(options: LookupsOptions) {
    this.#options = options
  }

  /** Asks for those whose time has come; when to look at the others. */
  ask(places: Iterable<Place>, now: number): number {
    const groups = new Map<string, Asked[]>()
    let next = NEVER
    for (const place of places) {
      const { question, stage, leader } = place
      if (question === undefined || !this.#options.cluster.metadata.view.nodes.has(leader)) continue
      if (place.notBefore > now) {
        next = Math.min(next, place.notBefore)
        continue
      }
      place.askedIn = stage
      const key = `${leader} ${question.ask} ${question.ask === 'offset' && question.isCommitted}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [{ place, question, stage }])
      else group.push({ place, question, stage })
    }
    for (const group of groups.values()) this.#askLeader(group)
    return next
  }

  stop(): void {
    this.#life.unsubscribe()
  }

  #askLeader(group: readonly Asked[]): void {
    const [{ place, question }] = group as [Asked]
    const { cluster } = this.#options
    const what = question.ask === 'offset' ? ListOffsets.name : OffsetForLeaderEpoch.name
    const asking = new Subscription()
    this.#life.add(asking)
    asking.add(() => this.#life.remove(asking))
    asking.add(
      withBroker(cluster.connection(place.leader, REST), broker => this.#request(broker, group)).subscribe({
        next: answers => this.#answered(group, what, answers),
        error: error => this.#lost(group, what, error),
        complete: () => asking.unsubscribe(),
      }),
    )
  }

  #request(broker: Broker, group: readonly Asked[]): Observable<readonly Answer[]> {
    const timeout = this.#options.cluster.settings.requestTimeout
    const [{ question }] = group as [Asked]
    const asked = group.map(({ place, question }) => ({
      topic: place.topic,
      partition: place.partition,
      leaderEpoch: place.leaderEpoch,
      ...(question.ask === 'offset'
        ? { timestamp: question.timestamp, epoch: 0 }
        : { timestamp: 0n, epoch: question.epoch }),
    }))
    if (question.ask === 'epoch-end')
      return broker.request(OffsetForLeaderEpoch, epochEndRequest(asked), { timeout }).pipe(map(epochAnswers))
    const isCommitted = question.isCommitted && this.#options.config.isolation === 'read_committed'
    const body = listOffsetsRequest(asked, isCommitted, Math.min(timeout, 2 ** 31 - 1))
    return broker.request(ListOffsets, body, { timeout }).pipe(map(offsetAnswers))
  }

  #answered(group: readonly Asked[], what: string, answers: readonly Answer[]): void {
    const byPlace = new Map(answers.map(answer => [`${answer.topic}/${answer.partition}`, answer]))
    for (const asked of group) {
      const { place } = asked
      if (!isCurrent(asked)) continue
      place.askedIn = undefined
      const answer = byPlace.get(`${place.topic}/${place.partition}`)
      const errorCode = answer?.errorCode ?? errors.UNKNOWN_SERVER_ERROR.code
      if (answer === undefined || errorCode !== errors.NONE.code)
        this.#options.positions.refused(place, what, errorCode)
      else this.#found(asked, answer)
    }
  }

  #found({ place, stage }: Asked, { leaderEpoch, offset = -1n, endOffset }: Answer): void {
    const { positions } = this.#options
    if (place.toTimestamp !== undefined) positions.endFound(place, offset)
    else if (endOffset === undefined) positions.take(place, offsetFound(stage, place.standing, offset, leaderEpoch))
    else positions.take(place, epochEndFound(stage, place.standing, { leaderEpoch, endOffset }))
  }

  #lost(group: readonly Asked[], what: string, error: KafkaError): void {
    const { positions, cluster, onFailed } = this.#options
    // A broker that does not know of epochs knows none.
    const isOld = error instanceof UnsupportedVersionError && error.api === OffsetForLeaderEpoch.name
    if (isHopeless(error) && !isOld) {
      onFailed(error)
      return
    }
    if (!isOld) cluster.metadata.stale()
    for (const asked of group) {
      const { place, stage } = asked
      if (!isCurrent(asked)) continue
      place.askedIn = undefined
      if (isOld) positions.take(place, epochEndFound(stage, place.standing, { leaderEpoch: -1, endOffset: -1n }))
      else positions.again(place, what, error)
    }
  }
}

function isCurrent({ place, stage }: Asked): boolean {
  return place.stage === stage && !place.tenure.isOver
}
