import { Subscription } from 'rxjs'
import type { Broker } from '../broker/index.js'
import { Alarm } from '../cluster/alarm.js'
import { isHopeless } from '../cluster/ask-any.js'
import type { KafkaError } from '../errors.js'
import { unsent } from './failures.js'
import type { PartitionQueue } from './partition-queue.js'
import { exchangeProduce, type Sent } from './produce-exchange.js'
import type { Producing } from './producing.js'

const NEVER = Number.POSITIVE_INFINITY

/**
 * What one broker is to get: fills requests from the queues of the partitions that it leads, as many as may be
 * unanswered, over a connection that is borrowed while there is anything to send or to be answered.
 */
export class NodeSender {
  readonly id: number
  /** Requests that it has not answered. */
  #inFlight = 0
  readonly #producing: Producing
  /** Those with something to go; who was served goes to the end. */
  readonly #queues = new Set<PartitionQueue>()
  #broker: Broker | undefined
  #loan: Subscription | undefined
  #failures = 0
  #isDraining = false
  readonly #alarm: Alarm

  constructor(id: number, producing: Producing) {
    this.id = id
    this.#producing = producing
    this.#alarm = new Alarm(producing.cluster.scheduler, () => producing.wake())
  }

  /** There is something to go to a partition that it leads. */
  add(queue: PartitionQueue): void {
    this.#queues.add(queue)
    this.#producing.wake()
  }

  /** Sends what may go now. */
  drain(): void {
    // Some requests end inside their own sending: the loop below goes on, so that many of them take no stack.
    if (this.#isDraining) return
    this.#isDraining = true
    try {
      for (const queue of this.#queues) if (queue.leader !== this.id || queue.isIdle) this.#queues.delete(queue)
      if (this.#queues.size > 0 && this.#loan === undefined) this.#borrow()
      while (this.#sendOne()) {}
    } finally {
      this.#isDraining = false
    }
  }

  /** Whether it has a connection and nothing to do with it. */
  get isIdle(): boolean {
    return this.#loan !== undefined && this.#queues.size === 0 && this.#inFlight === 0
  }

  giveBack(): void {
    this.#alarm.clear()
    this.#broker = undefined
    this.#loan?.unsubscribe()
    this.#loan = undefined
  }

  #sendOne(): boolean {
    const broker = this.#broker
    // One that has just ended is told of by its loan.
    if (broker === undefined || broker.closed || this.#queues.size === 0) return false
    const filled = this.#fill(this.#producing.now())
    this.#alarm.set(filled.next)
    if (filled.sent.length === 0) return false
    this.#inFlight++
    exchangeProduce(this.#producing, broker, this.id, filled.sent).subscribe({ complete: () => this.#exchanged() })
    return true
  }

  #exchanged(): void {
    this.#inFlight--
    // Who was told may have sent more: it goes at once, and not only on the next turn.
    this.drain()
    this.#producing.wake()
  }

  /** The batches of the next request, one a partition, each handed; and when to look again if there is none. */
  #fill(now: number): { readonly sent: readonly Sent[]; readonly next: number } {
    const { config, isFlushing } = this.#producing
    const moment = { now, inFlight: this.#inFlight, maxInFlight: config.maxInFlight, isFlushing }
    const sent: Sent[] = []
    let size = 0
    let next = NEVER
    for (const queue of this.#queues) {
      const turn = queue.sequences.turn(this.id)
      if (turn === 'wait') continue
      const batch = turn === 'new' ? queue.batches.first : turn
      if (batch === undefined) continue
      const isReady = turn === 'new' ? queue.isReady(moment) : this.#inFlight < config.maxInFlight
      if (!isReady || batch.notBefore > now) {
        next = Math.min(next, batch.notBefore > now ? batch.notBefore : turn === 'new' ? queue.readyAt(moment) : NEVER)
        continue
      }
      if (sent.length > 0 && size + batch.size > config.maxRequestSize) continue
      if (turn === 'new') {
        queue.batches.remove(batch)
        batch.seal()
      }
      queue.sequences.handed(batch, this.id, now)
      size += batch.size
      sent.push({ queue, batch })
    }
    for (const { queue } of sent) {
      this.#queues.delete(queue)
      this.#queues.add(queue)
    }
    return { sent, next }
  }

  #borrow(): void {
    const loan = new Subscription()
    this.#loan = loan
    const { cluster, lane } = this.#producing
    const borrow = () => {
      loan.add(
        cluster.connection(this.id, lane).subscribe({
          next: broker => {
            this.#broker = broker
            this.#failures = 0
            this.drain()
          },
          error: error => this.#lost(error),
          complete: () => this.#lost(undefined),
        }),
      )
    }
    if (this.#failures === 0) borrow()
    else loan.add(cluster.scheduler.schedule(borrow, cluster.backoff(this.#failures)))
  }

  #lost(error: KafkaError | undefined): void {
    this.#broker = undefined
    this.#loan?.unsubscribe()
    this.#loan = undefined
    this.#alarm.clear()
    if (error !== undefined) {
      this.#failures++
      this.#producing.lastFailure = error
      this.#producing.cluster.metadata.stale()
      if (isHopeless(error)) this.#failQueues(error)
    }
    this.#producing.wake()
  }

  /** What no other try would mend is told at once. */
  #failQueues(cause: KafkaError): void {
    const failure = unsent(cause)
    for (const queue of [...this.#queues]) queue.fail(failure)
  }
}
