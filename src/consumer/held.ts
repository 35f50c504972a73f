import type { TopicPartition } from '../cluster/topic.js'
import type { At } from './at.js'
import { Tenure, type TenureOptions } from './tenure.js'

/** Why nothing of a {@link Held} is handed out. */
export interface Shut {
  /** By the user. */
  paused: boolean
  /** It is about to be given up. */
  halted: boolean
  /** The group may have given it to somebody else. */
  outOfTouch: boolean
  /** `onAssigned` has not ended. */
  assigning: boolean
  /** Its position is not known yet. */
  starting: boolean
}

/**
 * A partition that is ours: assigned by a group, or given by the user, until it is given up.
 *
 * Its tenures follow one another: a `seek`, or a reset of its position, ends one and begins the next.
 */
export class Held implements TopicPartition {
  readonly topic: string
  readonly partition: number
  /** Of its topic, when it was assigned; undefined where that is not known. */
  topicId: string | undefined
  /** What the group has committed; null where nothing is. */
  committed: bigint | null = null
  /** What was handled when it was last committed, or found to be; undefined where even the start is to be committed. */
  covered: bigint | undefined
  /** Where `onAssigned` wants it read from. */
  sought: At | 'committed' | undefined
  /** The offset behind the last record that may be read, by the last answer; null before the first. */
  endOffset: bigint | null = null
  readonly #options: TenureOptions
  readonly #shut: Shut = { paused: false, halted: false, outOfTouch: false, assigning: true, starting: true }
  #tenure: Tenure

  constructor(options: TenureOptions, topicId?: string) {
    this.topic = options.partition.topic
    this.partition = options.partition.partition
    this.topicId = topicId
    this.#options = options
    this.#tenure = new Tenure(options)
    this.#tenure.isShut = true
  }

  get tenure(): Tenure {
    return this.#tenure
  }

  get isPaused(): boolean {
    return this.#shut.paused
  }

  /** Whether `onAssigned` has still to end: until then it is not read. */
  get isAssigning(): boolean {
    return this.#shut.assigning
  }

  get isHalted(): boolean {
    return this.#shut.halted
  }

  /** Whether its position is not fixed yet, or it is not to be read before something else has ended. */
  get isStarting(): boolean {
    return this.#shut.starting
  }

  /** Whether what is ready of it may be handed out now. */
  get isOpen(): boolean {
    return !this.#tenure.isShut
  }

  shut(reasons: Partial<Shut>): void {
    Object.assign(this.#shut, reasons)
    const { paused, halted, outOfTouch, assigning, starting } = this.#shut
    if (!this.#tenure.isOver) this.#tenure.isShut = paused || halted || outOfTouch || assigning || starting
  }

  /** Ends the tenure and begins the next, whose position is to be found. */
  begin(): Tenure {
    const { to, isOver } = this.#tenure
    if (isOver) return this.#tenure
    this.#tenure.end()
    this.#tenure = new Tenure(this.#options)
    this.#tenure.to = to
    this.shut({ starting: true })
    return this.#tenure
  }

  /** It is given up. */
  end(): void {
    this.#tenure.end()
  }
}
