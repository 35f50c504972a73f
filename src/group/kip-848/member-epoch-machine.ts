import type { KafkaError } from '../../errors.js'
import { errors } from '../../protocol/error-codes.js'
import type {
  ConsumerGroupHeartbeatRequestInput,
  ConsumerGroupHeartbeatResponse,
} from '../../protocol/messages/consumer-group-heartbeat.js'
import type { MemberIdentity } from '../membership.js'
import { Assignment, type Step } from './assignment.js'
import { Told } from './heartbeat-body.js'
import { failureOf, isPassing, refusal, verdictOf } from './heartbeat-failure.js'
import { AWAY, type Beat, type Effect, JOINING, LEAVING, type MemberEpochSettings } from './member-epoch.js'
import { Presence } from './presence.js'

const NEVER = Number.POSITIVE_INFINITY

type Effects = readonly Effect[]
type Phase =
  | 'joining'
  | 'member'
  /** What it had is lost, and the holder sees to that; no heartbeats. */
  | 'losing'
  /** An earlier self keeps it from joining: it leaves under its own id first. */
  | 'releasing'
  | 'ended'

/**
 * A member of a group of the new protocol (KIP-848): decides when which heartbeat goes, what its answer means, and what
 * the holder is told; knows neither sockets nor timers. What methods return is to be done in its order.
 *
 * Invariants: one heartbeat is unanswered at a time. One of assign, revoke and lose is under way at a time, and only
 * `lose` comes before the one before has ended. A heartbeat that had no answer, or was refused, is followed by one that
 * carries every field. Save while it is losing and after its end, there is always a heartbeat under way or due.
 */
export class MemberEpochMachine {
  readonly assignment = new Assignment()
  readonly #settings: MemberEpochSettings
  #memberId: string
  #phase: Phase = 'joining'
  #epoch = JOINING
  /** Sorted; undefined before it is known which. */
  #topics: readonly string[] | undefined
  #flight: Beat | undefined
  /** When the next heartbeat goes. */
  #due = NEVER
  /** In ms, as the coordinator says. */
  #interval = NEVER
  readonly #told: Told
  /** What the holder is seeing to. */
  #step: Step | 'lose' | undefined
  /** What it ends with when all is lost; undefined: it joins again. */
  #failure: { readonly error: unknown } | undefined
  /** Whether the coordinator may know it as a member though it is none here: a join may have been taken unheard. */
  #mayBeKnown = false
  #hasSent = false
  #hasJoined = false
  #joinBy: number
  /** How many heartbeats in a row failed. */
  #failures = 0
  /** How often in a row it was a member no longer than until its first heartbeat as one. */
  #losses = 0
  #occupiedSince: number | undefined
  readonly #presence: Presence
  #refreshes = 0
  #refreshAt = NEVER
  #effects: Effect[] = []

  constructor(settings: MemberEpochSettings, now: number) {
    this.#joinBy = now + settings.joinTimeout
    this.#settings = settings
    this.#told = new Told(settings)
    this.#presence = new Presence(settings.sessionTimeout)
    this.#memberId = settings.memberId
  }

  get identity(): MemberIdentity | undefined {
    if (this.#phase !== 'member') return undefined
    const { group, instanceId } = this.#settings
    return { group, memberId: this.#memberId, generation: this.#epoch, instanceId, protocol: 'consumer' }
  }

  /** When to call {@link tick}. */
  get lookAt(): number {
    if (this.#phase === 'ended' || this.#phase === 'losing') return NEVER
    const beat = this.#flight === undefined && this.#topics !== undefined ? this.#due : NEVER
    return Math.min(beat, this.#untouchedAt, this.#refreshAt)
  }

  /** What it reads from now on; the first time, that it joins. */
  subscribe(topics: readonly string[], now: number): Effects {
    const sorted = topics.toSorted()
    if (this.#topics?.join() === sorted.join()) return this.#go(now)
    this.#topics = sorted
    this.#due = Math.min(this.#due, now)
    return this.#go(now)
  }

  /** Topics' names by their ids, as far as they are known now. */
  name(names: ReadonlyMap<string, string>, now: number): Effects {
    this.assignment.name(names)
    return this.#go(now)
  }

  tick(now: number): Effects {
    const late = now - this.lookAt
    if (this.#phase === 'member' && late > this.#interval) this.#effects.push({ type: 'blocked', for: late })
    if (now >= this.#untouchedAt) {
      this.#presence.end()
      this.#effects.push({ type: 'in-touch', is: false })
    }
    if (now >= this.#refreshAt) this.#refresh(now)
    return this.#go(now)
  }

  /** The holder is done with what it was told. */
  done(now: number): Effects {
    const step = this.#step
    this.#step = undefined
    if (step === 'lose') this.#lost(now)
    else if (step !== undefined) {
      this.assignment.end(step)
      this.#told.owesOwned = true
    }
    return this.#go(now)
  }

  /** A commit under this identity was refused: a heartbeat brings the epoch, or says that there is none any more. */
  doubt({ memberId, generation }: MemberIdentity, now: number): Effects {
    if (this.#phase === 'member' && memberId === this.#memberId && generation === this.#epoch) {
      // Commits that are refused again and again must not make heartbeats spin.
      this.#due = Math.min(this.#due, Math.max(now, this.#presence.heardAt + this.#settings.backoff(1)))
    }
    return this.#go(now)
  }

  /** What the heartbeat says as it is sent, each time anew. */
  compose(beat: Beat, now: number): ConsumerGroupHeartbeatRequestInput {
    if (beat.tries > 0 && beat.epoch === JOINING) this.#mayBeKnown = true
    beat.tries++
    beat.sentAt = now
    const { memberId, epoch } = beat
    if (epoch < 0) return this.#told.farewell(memberId, epoch)
    this.#hasSent = true
    const { owned } = this.assignment
    return this.#told.say({ memberId, epoch, topics: this.#topics ?? [], owned, isBusy: this.#step !== undefined })
  }

  answered(beat: Beat, response: ConsumerGroupHeartbeatResponse, now: number): Effects {
    if (beat !== this.#flight) return []
    this.#flight = undefined
    if (beat.epoch < 0) this.#released(now)
    else if (response.errorCode === errors.NONE.code) this.#heard(beat, response, now)
    else this.#refused(beat, response, now)
    return this.#go(now)
  }

  /** It had no answer. */
  failed(beat: Beat, error: unknown, now: number): Effects {
    if (beat !== this.#flight) return []
    this.#flight = undefined
    if (beat.epoch === JOINING && (error as Partial<KafkaError>).outcome !== 'unsent') this.#mayBeKnown = true
    if (isPassing(error)) this.#retry(error, now)
    else this.#fail(failureOf(error), now)
    return this.#go(now)
  }

  /** It ends, with these words to the coordinator; none where that cannot have heard of it. */
  leave(): ConsumerGroupHeartbeatRequestInput | undefined {
    const isNobody = !this.#hasSent || this.#phase === 'ended'
    this.#phase = 'ended'
    this.#flight = undefined
    this.#step = undefined
    return isNobody ? undefined : this.#told.farewell(this.#memberId, this.#farewell)
  }

  /** Whether the coordinator is to hear at once what is ours: not while the holder still sees to a part of it. */
  get #isToAnswer(): boolean {
    return this.#phase === 'member' && this.#told.owesOwned && this.#step === undefined
  }

  get #farewell(): number {
    return this.#settings.instanceId === null ? LEAVING : AWAY
  }

  get #untouchedAt(): number {
    return this.#phase === 'member' ? this.#presence.endsAt : NEVER
  }

  /** Whatever can be done now. */
  #go(now: number): Effects {
    if (this.#phase === 'member') this.#reconcile(now)
    if (this.#isToAnswer) this.#due = Math.min(this.#due, now)
    const isSilent = this.#phase === 'losing' || this.#phase === 'ended' || this.#topics === undefined
    if (!isSilent && this.#flight === undefined && now >= this.#due) this.#beat(now)
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #beat(now: number): void {
    const { requestTimeout } = this.#settings
    const epochs = { joining: JOINING, member: this.#epoch, releasing: this.#farewell } as const
    const beat = {
      memberId: this.#memberId,
      epoch: epochs[this.#phase as keyof typeof epochs],
      timeout: this.#hasJoined ? requestTimeout : Math.max(this.#joinBy - now, 1),
      sentAt: now,
      tries: 0,
    }
    this.#flight = beat
    this.#effects.push({ type: 'heartbeat', beat })
  }

  #reconcile(now: number): void {
    if (!this.assignment.isNameless) {
      this.#refreshes = 0
      this.#refreshAt = NEVER
    } else if (this.#refreshAt === NEVER) this.#refresh(now)
    if (this.#step !== undefined) return
    const step = this.assignment.next()
    if (step === undefined) return
    this.#step = step
    this.assignment.begin(step)
    const partitions = step.partitions.map(({ topic, partition }) => ({ topic, partition }))
    if (step.type === 'revoke') this.#effects.push({ type: 'revoke', partitions })
    else this.#effects.push({ type: 'assign', partitions, generation: this.#epoch })
  }

  #refresh(now: number): void {
    this.#refreshAt = now + this.#settings.backoff(++this.#refreshes)
    this.#effects.push({ type: 'refresh' })
  }

  #heard(beat: Beat, response: ConsumerGroupHeartbeatResponse, now: number): void {
    this.#phase = 'member'
    this.#hasJoined = true
    this.#mayBeKnown = false
    this.#occupiedSince = undefined
    this.#told.isUnsure = false
    this.#failures = 0
    if (beat.epoch !== JOINING) this.#losses = 0
    // Before version 1 the coordinator may name the member.
    this.#memberId = response.memberId ?? this.#memberId
    this.#epoch = response.memberEpoch
    this.#interval = response.heartbeatIntervalMs
    if (this.#presence.heard(beat.sentAt)) this.#effects.push({ type: 'in-touch', is: true })
    this.#due = beat.sentAt + this.#interval
    const { assignment } = response
    if (assignment !== null && this.assignment.aim(assignment.topicPartitions)) this.#told.owesOwned = true
    // They have changed since it was sent.
    if (this.#topics !== this.#told.topics) this.#due = now
  }

  #refused(beat: Beat, { errorCode, errorMessage }: ConsumerGroupHeartbeatResponse, now: number): void {
    const error = refusal(errorCode, errorMessage, this.#settings)
    const verdict = verdictOf(errorCode, beat.epoch)
    if (verdict === 'again') this.#retry(error, now)
    else if (verdict === 'occupied') this.#occupied(beat, error, now)
    else if (verdict === 'fatal') this.#fail(error, now)
    else {
      this.#failures = 0
      this.#losses++
      // Under another epoch, that is: who is static has to leave before it may join.
      this.#mayBeKnown = errorCode === errors.FENCED_MEMBER_EPOCH.code
      this.#lose(error, now)
    }
  }

  /** An earlier self leaves first; another's session may be about to end. */
  #occupied(beat: Beat, error: KafkaError, now: number): void {
    this.#occupiedSince ??= beat.sentAt
    const isOurs = this.#mayBeKnown || this.#settings.instanceId === null
    const goodBy = this.#occupiedSince + this.#settings.sessionTimeout
    this.#joinBy = Math.max(this.#joinBy, goodBy)
    this.#phase = isOurs ? 'releasing' : 'joining'
    if (isOurs || beat.sentAt < goodBy) this.#retry(error, now)
    else this.#fail(error, now)
  }

  #released(now: number): void {
    this.#phase = 'joining'
    this.#mayBeKnown = false
    this.#due = now
  }

  #retry(cause: KafkaError, now: number): void {
    if (!this.#hasJoined && now >= this.#joinBy) {
      this.#fail(cause, now)
      return
    }
    const attempt = ++this.#failures
    const delay = this.#settings.backoff(attempt)
    this.#due = now + delay
    this.#effects.push({ type: 'retrying', attempt, delay, cause })
  }

  #fail(error: unknown, now: number): void {
    this.#failure = { error }
    this.#lose(error as KafkaError, now)
  }

  /** Nothing is ours any more. */
  #lose(cause: KafkaError, now: number): void {
    this.#phase = 'losing'
    this.#told.isUnsure = true
    this.#refreshAt = NEVER
    const partitions = this.assignment.drop().map(({ topic, partition }) => ({ topic, partition }))
    if (partitions.length > 0 || this.#step !== undefined) {
      // An assignment of nothing that the holder still sees to is superseded as well.
      this.#step = 'lose'
      this.#effects.push({ type: 'lose', partitions, cause })
    } else this.#lost(now)
  }

  #lost(now: number): void {
    if (this.#failure !== undefined) {
      this.#phase = 'ended'
      this.#effects.push({ type: 'fail', ...this.#failure })
      return
    }
    this.#phase = 'joining'
    this.#epoch = JOINING
    this.#due = now + (this.#losses > 1 ? this.#settings.backoff(this.#losses - 1) : 0)
  }
}
