import { expect } from 'vitest'
import type { TopicPartition } from '../../../src/cluster/topic.js'
import type { ClassicEffect, ClassicEvent } from '../../../src/group/classic/classic-events.js'
import { ClassicMachine } from '../../../src/group/classic/classic-machine.js'
import type { ClassicMachineOptions } from '../../../src/group/classic/member-state.js'
import { without } from '../../../src/group/partition-list.js'
import { listed } from '../virtual-group.js'
import { inWords } from './machine-bench.js'

type Work = Extract<ClassicEffect, { readonly turn: number }>
type Beat = Extract<ClassicEffect, { readonly type: 'heartbeat' }>

const ofHolder = new Set(['prepare', 'revoke', 'assign', 'lose'])
const sorted = (partitions: readonly TopicPartition[]) => listed(partitions).split(' ').sort()

/**
 * Follows a machine by what it wants done, and holds it to its invariants at every step:
 *
 * - G1: what it owns is what was said to be assigned, less what was given up or lost; nothing is assigned twice, and
 *   nothing given up that is not owned. Who is no member owns nothing.
 * - G2: what is to be given up is, before JoinGroup: all when eager, else what is not read any more.
 * - G3: while who reads the partitions is asked for something, nothing else is begun, save that all is lost.
 * - G4: what comes late, or is of another generation, changes nothing.
 * - G5: it is never stuck: something is under way, or it knows when to go on, or it is stable; a member always has a
 *   heartbeat under way or knows when to send the next. It ends only by what is fatal, and does not spin.
 */
export class MachineModel {
  readonly machine: ClassicMachine
  now = 0
  /** What is under way, and what was. */
  work: Work | undefined
  readonly past: Work[] = []
  beat: Beat | undefined
  readonly pastBeats: Beat[] = []
  owned: readonly TopicPartition[] = []
  hasEnded = false
  isLeaving = false
  readonly #isEager: boolean
  #topics: readonly string[] = []
  #mayFail = false
  #joins = 0

  constructor(options: ClassicMachineOptions) {
    this.machine = new ClassicMachine(options)
    this.#isEager = options.isEager
  }

  /** `isFatal`: it may end by this. */
  happen(event: ClassicEvent, isFatal = false): void {
    this.#mayFail ||= isFatal
    if (event.type === 'subscribed') this.#topics = event.topics
    if (event.type === 'leave') this.isLeaving = true
    if (event.type === 'done' && this.work?.turn === event.turn) this.#done(this.work)
    if (this.work !== undefined && 'turn' in event && event.turn === this.work.turn) this.#retire()
    if (event.type === 'abandoned') this.#abandon()
    for (const effect of this.machine.step(event, this.now)) this.#follow(effect)
    this.#check()
  }

  /** An event that is of the past: nothing comes of it. */
  late(event: ClassicEvent): void {
    const before = [this.machine.phase, this.machine.identity, this.machine.owned, this.machine.lookAt]
    expect(this.machine.step(event, this.now)).toEqual([])
    expect([this.machine.phase, this.machine.identity, this.machine.owned, this.machine.lookAt]).toEqual(before)
  }

  advance(ms: number): void {
    this.now += ms
    this.#joins = 0
    if (this.now >= this.machine.lookAt) this.happen({ type: 'time' })
  }

  #done(work: Work): void {
    if (work.type === 'revoke') this.owned = without(this.owned, work.partitions)
  }

  #retire(): void {
    if (this.work !== undefined) this.past.push(this.work)
    this.work = undefined
  }

  #abandon(): void {
    this.#retire()
    this.hasEnded = true
  }

  #follow(effect: ClassicEffect): void {
    if ('turn' in effect) this.#begin(effect)
    if (effect.type === 'heartbeat') {
      if (this.beat !== undefined) this.pastBeats.push(this.beat)
      this.beat = effect
      expect(effect).toMatchObject(this.machine.identity ? { memberId: this.machine.identity.memberId } : {})
    }
    if (effect.type === 'retry') this.#retire()
    if (effect.type === 'stop') this.#retire()
    if (effect.type === 'fail') {
      expect(this.#mayFail, inWords(effect)).toBe(true)
      this.#abandon()
    }
    if (effect.type === 'left') this.#abandon()
  }

  #begin(work: Work): void {
    if (this.work !== undefined && ofHolder.has(this.work.type)) {
      const isNothing = this.work.type === 'assign' && this.owned.length === 0
      expect(work.type === 'lose' || isNothing, `${inWords(work)} during ${inWords(this.work)}`).toBe(true)
    }
    this.#retire()
    this.work = work
    if (work.type === 'assign') {
      expect(without(work.partitions, this.owned)).toEqual(work.partitions)
      this.owned = [...this.owned, ...work.partitions]
    }
    if (work.type === 'revoke') {
      expect(work.partitions.length).toBeGreaterThan(0)
      expect(without(work.partitions, this.owned)).toEqual([])
    }
    if (work.type === 'lose') {
      expect(sorted(work.partitions)).toEqual(sorted(this.owned))
      this.owned = []
    }
    if (work.type === 'join') {
      expect(sorted(work.owned)).toEqual(sorted(this.owned))
      if (this.#isEager) expect(this.owned).toEqual([])
      expect(this.owned.every(({ topic }) => this.#topics.includes(topic))).toBe(true)
      // One with no id, one with the id, one when SyncGroup was refused, one after a loss or for what was given up.
      this.#joins++
      expect(this.#joins).toBeLessThanOrEqual(6)
    }
  }

  #check(): void {
    const { machine } = this
    if (!this.isLeaving && !this.hasEnded) expect(sorted(machine.owned)).toEqual(sorted(this.owned))
    if (machine.identity === undefined) {
      if (!this.isLeaving && !this.hasEnded) expect(this.owned).toEqual([])
      this.beat = undefined
    } else {
      const isBeating = this.beat !== undefined && this.beat.generation === machine.identity.generation
      expect(isBeating || machine.lookAt < Number.POSITIVE_INFINITY).toBe(true)
    }
    const isIdle = ['new', 'stable', 'left', 'failed', 'leaving'].includes(machine.phase)
    const goesOn = machine.phase === 'waiting' ? machine.lookAt < Number.POSITIVE_INFINITY : this.work !== undefined
    expect(isIdle || goesOn, machine.phase).toBe(true)
    if (machine.phase === 'stable') expect(machine.identity).toBeDefined()
    if (machine.phase === 'failed') expect(this.hasEnded).toBe(true)
  }
}
