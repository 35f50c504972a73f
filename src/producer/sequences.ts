import type { Outcome } from '../errors.js'
import { produceFailure } from './produce-failure.js'
import type { Identity, ProducerIdentity } from './producer-identity.js'
import { type Gap, MISSING, type SequencedBatch, UNCERTAIN } from './sequenced-batch.js'
import { AGAIN, DELIVERED, type News, REFUSED, TOLD, TOO_LARGE, UNKNOWN, type Verdict, verdict } from './verdict.js'

/** How many batches of a producer a broker remembers of each partition. */
const REMEMBERED = 5
const LAST_SEQUENCE = 0x7fffffff
const NOWHERE = -1
/** A broker forgets a producer that was silent (producer.id.expiration.ms): after this long it counts as one that has. */
const SILENCE = 60_000

/** The sequence `count` records after `base`; without ids there is none. */
const after = (base: number, count: number): number => (base < 0 ? base : (base + count) & LAST_SEQUENCE)

/**
 * Decides which batches of one partition go out, when, to whom and under which sequence numbers, so that no fault of
 * network or leader loses, doubles or reorders what is told delivered. Knows neither sockets nor clocks.
 *
 * A batch is `new`, `flying` (handed to a connection and unanswered), `waiting` (to go again) or `ended`; the open ones,
 * flying or waiting, are kept in order. Events: handed, answered, lost, gave up, replaced, topic made anew.
 *
 * 1. A sequence is given at handing; what goes again keeps id, epoch, sequence and bytes.
 * 2. Nothing goes out five turns or more after the oldest open one: the leader would no longer know that as its own.
 *    Counted in turns and not in open ones, since those between may have been acknowledged.
 * 3. What waits goes lowest first, and before anything new.
 * 4. While some fly, only the leader that they fly to gets more: given up or not, they fly until answered or lost.
 * 5. One at a time until a leader has acknowledged one under this identity, and again after an error or a long silence:
 *    a leader that knows nothing of the producer takes any first sequence, so two on their way to it may swap.
 * 6. `maybe` is sticky: what may have been appended once keeps its number until it is acknowledged or given up, also
 *    when a leader says that it is not there, since an older attempt may still be on its way into the log.
 * 7. Where a batch ends unacknowledged a gap remains. If all of it is surely missing, nothing behind it can have been
 *    appended (a leader with memory refuses it, one without was never sent two). Once nothing flies, what waits behind
 *    is numbered anew: in the same epoch if no attempt's fate is open, else in the next, which shuts out stragglers.
 *    Behind an uncertain gap what may have been appended tries on under its old number until it is given up.
 * 8. An epoch or id is new only to a partition with nothing under way; the others go on under theirs.
 *
 * Invariants: at most one identity is open at a time; the sequences of open batches rise, and what is between two of
 * them was acknowledged or is a gap; nothing new goes while something waits or a gap is left.
 */
export class Sequences<B extends SequencedBatch> implements Identity {
  producerId = -1n
  producerEpoch = -1
  readonly #identity: ProducerIdentity
  /** Those handed and not ended, in order. */
  readonly #open: B[] = []
  #flying = 0
  #flyingTo = NOWHERE
  #waiting = 0
  /** The leader that is known to remember this producer. */
  #remembers = NOWHERE
  #lastHeard = Number.NEGATIVE_INFINITY
  #nextSequence = -1
  #nextTurn = 0
  /** What a leader expects behind the last acknowledged one. */
  #ackedTurn = -1
  #ackedEnd = -1
  /** What is missing between the last open batch and the next new one. */
  #tail: Gap = 0
  /** Whether there may be a gap anywhere. */
  #gaps = false
  /** The log is another one: what was in the old has no bearing on it. */
  #anew = false

  constructor(identity: ProducerIdentity) {
    this.#identity = identity
  }

  /** Whether nothing is under way. */
  get idle(): boolean {
    return this.#open.length === 0
  }

  /** The batches that are flying or wait to go again, in order. */
  get open(): readonly B[] {
    return this.#open
  }

  /**
   * What goes to this leader next: the batch that must go again, or a new one, or nothing for now. Once something is
   * handed the next may be asked for. Look at {@link ProducerIdentity.wanted} afterwards: it may be what is waited for.
   */
  turn(leader: number): B | 'new' | 'wait' {
    if (this.#flying > 0) {
      if (leader !== this.#flyingTo || leader !== this.#remembers || this.#anew) return 'wait'
    } else if (this.#gaps && !this.#close()) return 'wait'
    if (this.#waiting > 0) return this.#firstWaiting() ?? 'wait'
    return this.#mayBeNew() ? 'new' : 'wait'
  }

  /** The batch that `turn` named, or a new one where it said so, was handed to the connection to this leader. */
  handed(batch: B, leader: number, now: number): void {
    if (batch.phase === 'new') {
      if (this.#open.length === 0) this.#begin(now)
      this.#number(batch, this.#nextSequence)
      batch.turn = this.#nextTurn++
      this.#nextSequence = after(this.#nextSequence, batch.count)
      this.#open.push(batch)
    } else this.#waiting--
    batch.phase = 'flying'
    batch.leader = leader
    this.#flying++
    this.#flyingTo = leader
  }

  /** The answer has come: what its error code, 0 if none, means for the batch. */
  answered(batch: B, errorCode: number, now: number): Verdict {
    this.#landed(batch)
    batch.sent = true
    const failure = produceFailure(errorCode)
    if (failure === undefined) return this.#acknowledged(batch, now)
    this.#remembers = NOWHERE
    if (failure.appended) batch.maybe = true
    let news: News | undefined
    switch (failure.remedy) {
      case 'order':
        if (this.#isLoss(batch)) news = 'data-lost'
        break
      case 'fenced':
        if (this.#identity.fenced(this)) news = 'producer-fenced'
        this.#mark(batch, UNCERTAIN)
        break
      case 'forgotten':
        this.#mark(batch, UNCERTAIN)
        break
    }
    // Nothing under the old number will ever tell more than this.
    const over = failure.remedy === 'end' || (batch.maybe && failure.remedy !== 'again' && failure.remedy !== 'order')
    if (batch.told || (over && batch.maybe)) {
      this.#end(batch)
      return news === undefined ? (batch.told ? TOLD : UNKNOWN) : verdict(batch.told ? 'told' : 'unknown', news)
    }
    if (over) return REFUSED
    if (failure.remedy === 'split') return TOO_LARGE
    return news === undefined ? AGAIN : verdict('again', news)
  }

  /** It will not be answered: its connection has ended, or it never left this process (`unsent`). */
  lost(batch: B, outcome: Outcome): Verdict {
    this.#landed(batch)
    this.#remembers = NOWHERE
    if (outcome !== 'unsent') {
      batch.sent = true
      batch.maybe = true
    }
    if (!batch.told) return AGAIN
    this.#end(batch)
    return TOLD
  }

  /** Its records wait no longer: returns what is to be told of them. One that flies stays open until it has landed. */
  gaveUp(batch: B): Outcome {
    if (batch.phase === 'flying') {
      batch.told = true
      return 'unknown'
    }
    if (batch.phase === 'waiting') this.#end(batch)
    return batch.maybe ? 'unknown' : batch.sent ? 'rejected' : 'unsent'
  }

  /**
   * Puts others in the place of one that surely was not appended: the halves of one that was too large, what is left of
   * one with a bad record, or nothing. They have at most as many records together, and go as if they had been handed.
   */
  replace(batch: B, parts: readonly B[]): void {
    const first = parts[0]
    if (first === undefined) {
      this.#end(batch)
      return
    }
    const at = this.#open.indexOf(batch)
    first.gap = batch.gap
    let sequence = batch.baseSequence
    let { turn } = batch
    for (const part of parts) {
      part.phase = 'waiting'
      part.sent = batch.sent
      part.turn = turn++
      this.#number(part, sequence)
      sequence = after(sequence, part.count)
    }
    this.#open.splice(at, 1, ...parts)
    for (let i = at + parts.length; i < this.#open.length; i++) (this.#open[i] as B).turn += parts.length - 1
    this.#nextTurn += parts.length - 1
    this.#waiting += parts.length - 1
    batch.phase = 'ended'
    if (sequence !== after(batch.baseSequence, batch.count)) this.#leaveGap(at + parts.length, MISSING)
  }

  /** The topic was deleted and made again: all begins anew in its new log. */
  madeAnew(): void {
    this.#anew = true
    this.#gaps = true
  }

  #landed(batch: B): void {
    batch.phase = 'waiting'
    this.#flying--
    this.#waiting++
  }

  #acknowledged(batch: B, now: number): Verdict {
    this.#remembers = batch.leader
    this.#lastHeard = now
    if (batch.turn > this.#ackedTurn) {
      this.#ackedTurn = batch.turn
      this.#ackedEnd = after(batch.baseSequence, batch.count)
    }
    this.#remove(this.#open.indexOf(batch))
    return batch.told ? TOLD : DELIVERED
  }

  #remove(at: number): void {
    const batch = this.#open[at] as B
    if (at === 0) this.#open.shift()
    else this.#open.splice(at, 1)
    batch.phase = 'ended'
    this.#waiting--
  }

  #end(batch: B): void {
    const at = this.#open.indexOf(batch)
    this.#remove(at)
    // Where a later one was acknowledged the leader expects what follows that, whatever became of this one.
    if (batch.turn > this.#ackedTurn) this.#leaveGap(at, batch.gap | (batch.maybe ? UNCERTAIN : MISSING))
  }

  #leaveGap(at: number, gap: Gap): void {
    const next = this.#open[at]
    if (next !== undefined) this.#mark(next, gap)
    else if ((this.#tail | gap) === MISSING) {
      // Nothing open was sent behind it: the next new one takes the place.
      this.#nextSequence = this.#endBefore(at)
    } else {
      this.#tail |= gap
      this.#gaps = true
    }
  }

  #mark(batch: B, gap: Gap): void {
    batch.gap |= gap
    this.#gaps = true
  }

  /** Whether OUT_OF_ORDER_SEQUENCE_NUMBER means that acknowledged records are gone. If so the batch is not there either. */
  #isLoss(batch: B): boolean {
    if (batch !== this.#open[0] || batch.gap !== 0 || this.#anew) return false
    batch.maybe = false
    this.#mark(batch, UNCERTAIN)
    return true
  }

  /** The sequence behind the open batch before this place, or behind the last acknowledged one if that came later. */
  #endBefore(at: number): number {
    const previous = this.#open[at - 1]
    if (previous === undefined || previous.turn < this.#ackedTurn) return this.#ackedEnd
    return after(previous.baseSequence, previous.count)
  }

  #firstWaiting(): B | undefined {
    const oldest = this.#open[0] as B
    for (const batch of this.#open) {
      if (batch.turn - oldest.turn >= this.#window) return undefined
      // Behind a gap only what may be in the log already tries on.
      if (batch.gap !== 0 && !(batch === oldest && batch.gap === UNCERTAIN && batch.maybe)) return undefined
      if (batch.phase === 'waiting') return batch
    }
    return undefined
  }

  #mayBeNew(): boolean {
    if (this.#gaps && this.#hasGap()) return false
    const oldest = this.#open[0]
    if (oldest === undefined) return !this.#identity.wanted || (this.producerEpoch >= 0 && this.#identity.is(this))
    return this.#nextTurn - oldest.turn < this.#window
  }

  get #window(): number {
    return this.#identity.idempotent ? REMEMBERED : 1
  }

  #hasGap(): boolean {
    this.#gaps = this.#anew || this.#tail !== 0 || this.#open.some(({ gap }) => gap !== 0)
    return this.#gaps
  }

  /** Nothing flies: closes the first gap, if what is open allows. False while a new id has to be asked for. */
  #close(): boolean {
    if (!this.#hasGap()) return true
    if (this.#anew) return this.#renew()
    const at = this.#open.findIndex(({ gap }) => gap !== 0)
    const batch = this.#open[at]
    if (batch === undefined) return this.#open.length > 0 || this.#renew()
    const behind = this.#open.slice(at)
    if (this.#tail === 0 && behind.every(({ gap, maybe }) => !maybe && (gap | MISSING) === MISSING)) {
      this.#renumber(at, this.#endBefore(at))
      return true
    }
    return at > 0 || (batch.gap === UNCERTAIN && batch.maybe) || this.#renew()
  }

  #renumber(from: number, sequence: number): void {
    this.#nextSequence = sequence
    for (let i = from; i < this.#open.length; i++) {
      const batch = this.#open[i] as B
      this.#number(batch, this.#nextSequence)
      batch.gap = 0
      batch.maybe = false
      this.#nextSequence = after(this.#nextSequence, batch.count)
    }
  }

  #number(batch: B, sequence: number): void {
    batch.producerId = this.producerId
    batch.producerEpoch = this.producerEpoch
    batch.baseSequence = sequence
  }

  /** All that is open begins again under a newer identity. */
  #renew(): boolean {
    if (!this.#identity.renew(this)) return false
    this.#adopt()
    this.#renumber(0, this.#nextSequence)
    return true
  }

  #adopt(): void {
    this.producerId = this.#identity.producerId
    this.producerEpoch = this.#identity.producerEpoch
    this.#nextSequence = this.#identity.idempotent ? 0 : -1
    this.#ackedEnd = this.#nextSequence
    this.#ackedTurn = -1
    this.#remembers = NOWHERE
    this.#tail = 0
    this.#gaps = false
    this.#anew = false
  }

  /** The first since all was answered. */
  #begin(now: number): void {
    if (!this.#identity.is(this)) this.#adopt()
    if (now - this.#lastHeard > SILENCE) this.#remembers = NOWHERE
  }
}
