import { type SchedulerLike, VirtualTimeScheduler } from 'rxjs'
import { Events } from '../../src/cluster/events.js'
import type { KafkaEvent } from '../../src/cluster/kafka-event.js'
import { turnsOf } from '../../src/connection/system-scheduler.js'
import { Budget } from '../../src/consumer/budget.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import type { Consuming } from '../../src/consumer/consuming.js'
import type { Deserializers } from '../../src/consumer/deserialize.js'
import { Handout } from '../../src/consumer/handout.js'
import { Held } from '../../src/consumer/held.js'
import { readFetched } from '../../src/consumer/read-fetched.js'
import { RecordBatchWriter } from '../../src/protocol/index.js'

export interface PartitionWorldOptions {
  readonly scheduler?: SchedulerLike
  /** Bytes held ready and in work, over all partitions. */
  readonly prefetch?: number
  /** How many records a partition has, how many of them come at once, and how many of these are one batch. */
  readonly records?: number
  readonly portion?: number
  readonly batch?: number
  /** Whether what is handed out is in work; as in a group that commits. */
  readonly isAcknowledged?: boolean
  readonly deserializers?: Partial<Deserializers>
  readonly keyOf?: (offset: number) => string | null
}

/**
 * Partitions whose records are their own offsets as text, with a reader's half of a session: what was freed of `prefetch`
 * is filled again on a turn.
 */
export class PartitionWorld implements Consuming {
  readonly scheduler: SchedulerLike
  readonly handout: Handout
  readonly budget: Budget
  readonly deserializers: Deserializers
  readonly events = new Events()
  readonly told: KafkaEvent[] = []
  readonly failures: unknown[] = []
  readonly restarted: Held[] = []
  /** How many records handlers have acknowledged. */
  count = 0
  readonly #options: Required<Omit<PartitionWorldOptions, 'scheduler' | 'deserializers'>>
  readonly #held: Held[] = []
  #isTurnDue = false

  constructor({ scheduler = new VirtualTimeScheduler(), deserializers = {}, ...options }: PartitionWorldOptions = {}) {
    this.#options = {
      prefetch: 16 * 2 ** 20,
      records: 1000,
      portion: 100,
      batch: 10,
      isAcknowledged: true,
      keyOf: () => null,
      ...options,
    }
    this.scheduler = scheduler
    this.deserializers = { key: undefined, value: undefined, ...deserializers }
    this.budget = new Budget(this.#options.prefetch, () => this.#expectTurn())
    const { events } = this
    events.stream.subscribe(event => this.told.push(event))
    this.handout = new Handout({
      scheduler,
      turns: turnsOf(scheduler),
      events,
      onFailed: error => {
        this.failures.push(error)
        this.handout.fail(error)
      },
    })
  }

  /** Holds partition 0, 1 and so on of topic `t`, each as they come. */
  hold(partition = this.#held.length): Held {
    const { isAcknowledged } = this.#options
    const held = new Held({ partition: { topic: 't', partition }, budget: this.budget, isAcknowledged })
    held.tenure.startAt(0n, -1)
    held.shut({ starting: false, assigning: false })
    this.#held.push(held)
    this.handout.add(held)
    this.#expectTurn()
    return held
  }

  seek(held: Held, offset: bigint): void {
    held.begin().startAt(offset, -1)
    held.shut({ starting: false, assigning: false })
    this.handout.over(held, 'seek')
    this.#expectTurn()
  }

  /** It is about to be given up. */
  halt(held: Held): void {
    held.shut({ halted: true })
    this.handout.halted(held)
  }

  /** It is given up. */
  giveUp(held: Held, why: 'revoked' | 'lost'): void {
    this.#held.splice(this.#held.indexOf(held), 1)
    held.end()
    this.handout.over(held, why)
  }

  pause(held: Held): void {
    held.shut({ paused: true })
  }

  resume(held: Held): void {
    held.shut({ paused: false })
    this.handout.ready(held)
  }

  acknowledged(count: number): void {
    this.count += count
  }

  restart(held: Held): void {
    this.restarted.push(held)
    this.seek(held, held.tenure.handled.offset)
  }

  /** Until nothing is to be done any more; up to a time, if one is given. */
  flush(until = Number.POSITIVE_INFINITY): void {
    const scheduler = this.scheduler as VirtualTimeScheduler
    scheduler.maxFrames = until
    scheduler.flush()
    if (until !== Number.POSITIVE_INFINITY) scheduler.frame = until
  }

  now(): number {
    return this.scheduler.now()
  }

  #expectTurn(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    turnsOf(this.scheduler).schedule(() => {
      this.#isTurnDue = false
      for (const held of this.#held) this.#fill(held)
    })
  }

  /** A portion at a time, while there is room, and always one where nothing is held. */
  #fill(held: Held): void {
    const { tenure } = held
    const { records, portion: wanted, batch, keyOf } = this.#options
    const share = this.budget.limit / this.#held.length
    while (!tenure.isOver && Number(tenure.fetchOffset) < records) {
      if (tenure.bytes > 0 && tenure.bytes >= share) return
      const startOffset = tenure.fetchOffset
      const end = Math.min(records, Number(startOffset) + wanted)
      const bytes: Buffer[] = []
      for (let at = Number(startOffset); at < end; at += batch) {
        const writer = new RecordBatchWriter({ baseOffset: BigInt(at) })
        for (let offset = at; offset < Math.min(at + batch, end); offset++) {
          writer.append({ key: keyOf(offset), value: String(offset), timestamp: offset })
        }
        bytes.push(writer.close())
      }
      const portion = readFetched(tenure, {
        records: Buffer.concat(bytes),
        abortedTransactions: null,
        highWatermark: BigInt(records),
        startOffset,
        to: tenure.to,
      })
      if (portion === undefined) return
      tenure.put(portion)
      this.handout.ready(held)
    }
  }
}

/** `1@17`: partition and offset. */
export const place = ({ partition, offset }: ConsumerRecord<unknown, unknown>): string => `${partition}@${offset}`

/** How a session acknowledges. */
export function acknowledge({ origin, index, offsetDelta }: ConsumerRecord<unknown, unknown>): void {
  origin.acknowledge(index, offsetDelta)
}
