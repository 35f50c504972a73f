import type { TopicPartition } from '../../cluster/topic.js'
import { BrokerError, type KafkaError } from '../../errors.js'
import { errors } from '../../protocol/error-codes.js'
import type { Assigned, Joined, Synced } from './classic-events.js'
import type { MemberState, Phase } from './member-state.js'
import { isFatal, type Verdict, verdictOf } from './verdict.js'

/** What a consumer's group is told apart by from a group of something else (KIP-559). */
const PROTOCOL_TYPE = 'consumer'

/**
 * How a member joins and joins again, and what it owns then; how it loses that.
 *
 * Eager, it gives up all before JoinGroup; else what others are to get, after SyncGroup, and then joins again (KIP-429).
 */
export class Rebalance {
  readonly #state: MemberState
  #topics: readonly string[] = []
  /** Those it last joined with. */
  #joinedTopics: readonly string[] = []
  #protocol: string | null = null
  /** Whether it asked to join since it got its generation, which may then be over without its knowing. */
  #hasAsked = false
  /** Why it is to join again, once it may. */
  #why: string | undefined
  /** How often in a row joining failed, and when to try again. */
  #failures = 0
  #resumeAt = 0
  /** What it fails of, once it has been told of its loss. */
  #fatal: KafkaError | undefined

  constructor(state: MemberState) {
    this.#state = state
  }

  /** When a member that waits goes on. */
  get resumeAt(): number {
    return this.#state.phase === 'waiting' ? this.#resumeAt : Number.POSITIVE_INFINITY
  }

  subscribed(topics: readonly string[]): void {
    this.#topics = topics
    if (this.#state.phase === 'new') this.#join()
    else if (topics.join(' ') !== this.#joinedTopics.join(' ')) this.ask('it reads other topics')
  }

  /** It is to join again, as soon as it may. */
  ask(why: string): void {
    this.#why = why
    if (this.#state.phase === 'stable') this.#prepare()
  }

  resume(): void {
    if (this.#state.now >= this.resumeAt) this.#prepare()
  }

  joined(answer: Joined): void {
    const { errorCode, memberId, protocolType } = answer
    const verdict = verdictOf(errorCode)
    if (verdict === 'heard') {
      if (isOther(protocolType, PROTOCOL_TYPE)) this.#disagree('JoinGroup')
      else this.#becomeMember(answer)
    } else if (verdict === 'named' && this.#state.memberId === '' && memberId !== '') {
      this.#state.memberId = memberId
      this.#why ??= 'it has got its member id'
      this.#join()
    } else {
      this.#refused(verdict, this.#state.error(errorCode, 'JoinGroup'), 'JoinGroup')
    }
  }

  /** It brings what it assigned as leader, or nothing, and asks for its own. */
  sync(assignments: readonly Assigned[]): void {
    const { self } = this.#state
    const protocol = this.#protocol
    this.#state.do('syncing', turn => ({ type: 'sync', turn, ...self, protocol, assignments }))
  }

  synced({ errorCode, partitions, protocolType, protocolName }: Synced): void {
    const verdict = verdictOf(errorCode)
    if (verdict !== 'heard') {
      this.#refused(verdict, this.#state.error(errorCode, 'SyncGroup'), 'SyncGroup')
    } else if (isOther(protocolType, PROTOCOL_TYPE) || isOther(protocolName, this.#protocol)) {
      this.#disagree('SyncGroup')
    } else {
      this.#failures = 0
      this.#give(this.#state.holdings.follow(partitions, this.#state.generation))
    }
  }

  /** What the reader of the partitions was asked for is done. */
  done(): void {
    this.#next[this.#state.phase]?.()
  }

  failed(error: KafkaError): void {
    if (isFatal(error)) this.giveUp(error)
    else this.again(error)
  }

  /** Joins again in a while. */
  again(cause: KafkaError): void {
    const { now, options, effects, phase } = this.#state
    const what = phase === 'syncing' ? 'SyncGroup' : 'JoinGroup'
    this.#failures++
    const delay = options.backoff(this.#failures)
    this.#resumeAt = now + delay
    effects.push({ type: 'retry', what, attempt: this.#failures, delay, cause })
    this.#why ??= `${what} failed`
    this.#state.enter('waiting')
  }

  /** The group has gone on without it. Where it has asked to join again, that is the answer, which is on its way or lost. */
  outdated(cause: KafkaError): void {
    if (!this.#hasAsked) this.lose(cause, this.#state.memberId)
  }

  /** It is no member any more, and all that it owned is lost; `memberId` is what it comes back with. */
  lose(cause: KafkaError, memberId: string): void {
    const partitions = this.#state.holdings.lose()
    this.#state.resign()
    this.#state.memberId = memberId
    this.#why ??= 'it has lost its membership'
    if (partitions.length === 0) this.#afterLoss()
    else this.#state.do('losing', turn => ({ type: 'lose', turn, partitions, cause }))
  }

  giveUp(error: KafkaError): void {
    this.#fatal = error
    const isFenced = error instanceof BrokerError && error.number === errors.FENCED_INSTANCE_ID.code
    this.lose(error, isFenced ? '' : this.#state.memberId)
  }

  /** After what the reader of the partitions was asked for. */
  readonly #next: { readonly [P in Phase]?: () => void } = {
    preparing: () => this.#yield(),
    yielding: () => {
      this.#state.holdings.gaveUp()
      // It may read fewer topics by now.
      this.#yield()
    },
    giving: () => {
      this.#state.holdings.gaveUp()
      this.#take()
    },
    taking: () => this.#settle(),
    losing: () => this.#afterLoss(),
  }

  #prepare(): void {
    if (this.#state.holdings.owned.length === 0) this.#join()
    else this.#state.do('preparing', turn => ({ type: 'prepare', turn }))
  }

  #yield(): void {
    const { holdings, options } = this.#state
    const isKept = ({ topic }: TopicPartition) => !options.isEager && this.#topics.includes(topic)
    const partitions = holdings.yield(isKept)
    if (partitions.length === 0) this.#join()
    else this.#state.do('yielding', turn => ({ type: 'revoke', turn, partitions }))
  }

  #join(): void {
    const { memberId, holdings } = this.#state
    const { owned, since: generation } = holdings
    const topics = this.#topics
    const reason = this.#why ?? null
    // Whatever comes from now on may not be in the request.
    this.#why = undefined
    this.#joinedTopics = topics
    this.#hasAsked = true
    this.#state.do('joining', turn => ({ type: 'join', turn, memberId, topics, owned, generation, reason }))
  }

  #becomeMember({ memberId, generationId, protocolName: protocol, leader, members, skipAssignment }: Joined): void {
    const { heartbeats, now, effects } = this.#state
    this.#state.memberId = memberId
    this.#state.generation = generationId
    this.#protocol = protocol
    this.#hasAsked = false
    if (heartbeats.begin(now)) effects.push({ type: 'inTouch', is: true })
    if (leader !== memberId) this.sync([])
    else this.#state.do('leading', turn => ({ type: 'lead', turn, protocol, members, skipAssignment }))
  }

  #give(partitions: readonly TopicPartition[]): void {
    if (partitions.length === 0) {
      this.#take()
      return
    }
    // Who is to have them gets them in the next generation.
    this.#why ??= 'it has given up what others are to get'
    this.#state.do('giving', turn => ({ type: 'revoke', turn, partitions }))
  }

  #take(): void {
    const { generation, holdings } = this.#state
    const partitions = holdings.take()
    if (partitions === undefined) this.#settle()
    else this.#state.do('taking', turn => ({ type: 'assign', turn, partitions, generation }))
  }

  #settle(): void {
    this.#state.enter('stable')
    if (this.#why !== undefined) this.#prepare()
  }

  #refused(verdict: Verdict, cause: KafkaError, what: 'JoinGroup' | 'SyncGroup'): void {
    if (verdict === 'fatal') {
      this.giveUp(cause)
    } else if (verdict === 'rejoin' && what === 'SyncGroup' && this.#failures === 0) {
      // The others wait for it.
      this.#failures = 1
      this.#why ??= 'the group rebalances'
      this.#prepare()
    } else {
      this.again(cause)
      if (verdict === 'stranger') this.lose(cause, '')
      if (verdict === 'outdated') this.lose(cause, this.#state.memberId)
    }
  }

  #disagree(what: string): void {
    this.giveUp(this.#state.error(errors.INCONSISTENT_GROUP_PROTOCOL.code, what))
  }

  #afterLoss(): void {
    if (this.#fatal !== undefined) {
      this.#state.enter('failed')
      this.#state.effects.push({ type: 'fail', error: this.#fatal })
    } else if (this.#resumeAt > this.#state.now) {
      this.#state.enter('waiting')
    } else {
      this.#join()
    }
  }
}

/** Brokers before 2.5 do not say. */
function isOther(said: string | null, own: string | null): boolean {
  return said !== null && said !== own
}
