import { Alarm } from '../cluster/alarm.js'
import type { Cluster } from '../cluster/cluster.js'
import { warnUnheard } from '../cluster/warn-unheard.js'
import type { Budget } from './budget.js'
import type { Held } from './held.js'
import { askedAtOnce, hasRoom } from './room.js'

/** What {@link Stalls} look at. */
export interface StallsOptions {
  readonly cluster: Cluster
  readonly group: string
  readonly helds: Iterable<Held> & { readonly size: number }
  readonly budget: Budget
  readonly maxPartitionBytes: number
}

/** After so long it is told, in ms. */
const FIRST = 5000
/** Then again, in ms. */
const AGAIN = 60_000
/** How often it is looked for, in ms. */
const LOOK = 1000

/** A partition of which nothing more is read, since what was handed out is not acknowledged. */
interface Stall {
  /** Of the oldest record in work. */
  readonly offset: bigint
  readonly since: number
  toldAt: number
}

/** Tells, by `stalled`, of partitions that wait for `acknowledge` and for nothing else. */
export class Stalls {
  readonly #options: StallsOptions
  readonly #alarm: Alarm
  readonly #stalls = new Map<Held, Stall>()
  #isStopped = false
  #hasWarned = false

  constructor(options: StallsOptions) {
    this.#options = options
    this.#alarm = new Alarm(options.cluster.scheduler, () => this.#look())
  }

  /** Something was handed out. */
  expect(): void {
    if (!this.#isStopped && !this.#alarm.isSet) this.#alarm.set(this.#options.cluster.scheduler.now() + LOOK)
  }

  stop(): void {
    this.#isStopped = true
    this.#alarm.clear()
  }

  #look(): void {
    const { cluster, helds } = this.#options
    const now = cluster.scheduler.now()
    let isInWork = false
    for (const held of helds) {
      const offset = held.tenure.oldestInWork
      isInWork ||= offset !== undefined
      if (offset === undefined || !this.#isFull(held)) {
        this.#stalls.delete(held)
        continue
      }
      const known = this.#stalls.get(held)
      const stall = known?.offset === offset ? known : { offset, since: now, toldAt: Number.NEGATIVE_INFINITY }
      this.#stalls.set(held, stall)
      if (now - stall.since < FIRST || now - stall.toldAt < AGAIN) continue
      stall.toldAt = now
      this.#tell(held, stall, now)
    }
    for (const held of this.#stalls.keys()) if (held.tenure.isOver) this.#stalls.delete(held)
    if (isInWork) this.expect()
  }

  /** Nothing more of it is read for want of room. */
  #isFull({ tenure }: Held): boolean {
    const { budget, helds, maxPartitionBytes } = this.#options
    const share = budget.limit / helds.size
    return !tenure.hasReady && !hasRoom(tenure.bytes, askedAtOnce(maxPartitionBytes, share), share, budget.room)
  }

  #tell({ topic, partition, tenure }: Held, { offset, since }: Stall, now: number): void {
    const { cluster, group } = this.#options
    const { inWork } = tenure
    const { wallClock } = cluster.settings
    const event = {
      type: 'stalled',
      group,
      topic,
      partition,
      offset,
      inWork,
      since: wallClock.now() - (now - since),
    } as const
    if (!this.#hasWarned) {
      this.#hasWarned = true
      warnUnheard(
        cluster.events,
        `${topic}-${partition} is not read on: ${inWork} records from offset ${offset} are not acknowledged: call consumer.acknowledge(record) when one is handled, or use kafka.consume`,
        'KAFKA_STALLED',
      )
    }
    cluster.events.tell(event)
  }
}
