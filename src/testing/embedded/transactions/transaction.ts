import type { ErrorName } from '../../../protocol/error-codes.js'
import type { Group } from '../groups/group.js'
import type { Partition } from '../partition.js'
import type { Timer } from '../timers.js'
import type { Topology } from '../topology.js'

/** Where a transactional id is: without a transaction, in one, or behind one. Markers are written at once. */
export type TransactionState = 'Empty' | 'Ongoing' | 'CompleteCommit' | 'CompleteAbort'

/** How a transaction ends. */
export type TransactionEnd = 'commit' | 'abort'

/** A producer as it calls itself. */
export interface ProducerClaim {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** The last epoch is never used: it is for the markers of whoever fences the one before. */
const lastEpoch = 0x7ffe

/** What a transaction has to do with. */
type Surroundings = Topology & { readonly groups: ReadonlyMap<string, Group> }

/** The producer of a transactional id, as its coordinator knows it. */
export class Transaction {
  readonly id: string
  state: TransactionState = 'Empty'
  producerId: bigint
  epoch = -1
  /** The epoch before, of a producer that asked for the next itself. */
  #epochBefore = -1
  #producerIdBefore = -1n
  /** In ms; when a transaction lasts longer it is aborted. */
  timeout: number
  readonly partitions = new Set<Partition>()
  /** Groups whose offsets are to be committed with it. */
  readonly groups = new Set<string>()
  /** Whether its end brings a new epoch (KIP-890). */
  #bumpsEpoch = false
  #deadline: Timer | undefined
  readonly #cluster: Surroundings

  constructor(id: string, timeout: number, cluster: Surroundings) {
    this.id = id
    this.timeout = timeout
    this.producerId = cluster.nextProducerId++
    this.#cluster = cluster
  }

  /** A producer takes over, or goes on after an error: what it was doing is aborted. */
  init(claim: ProducerClaim | undefined, timeout: number, now: number): ErrorName | undefined {
    if (claim !== undefined && !this.#mayInit(claim)) return 'PRODUCER_FENCED'
    if (this.state === 'Ongoing') {
      // It is answered when it asks again.
      this.#bumpsEpoch = true
      this.#fence(now)
      return 'CONCURRENT_TRANSACTIONS'
    }
    this.timeout = timeout
    const epoch = claim?.producerEpoch
    const isExhausted = this.epoch >= lastEpoch && (epoch === undefined || epoch === this.epoch)
    if (!isExhausted && epoch !== undefined && this.epoch !== -1 && epoch !== this.epoch) {
      // The answer was lost: it is given again.
      return epoch === this.#epochBefore ? undefined : 'PRODUCER_FENCED'
    }
    this.#epochBefore = epoch === undefined ? -1 : this.epoch
    if (isExhausted) this.#renew()
    else this.epoch++
    this.state = 'Empty'
    return undefined
  }

  /** Why a producer may not do something in this transaction; undefined when it may. */
  refuses({ producerId, producerEpoch }: ProducerClaim): ErrorName | undefined {
    if (producerId !== this.producerId) return 'INVALID_PRODUCER_ID_MAPPING'
    return producerEpoch === this.epoch ? undefined : 'PRODUCER_FENCED'
  }

  /** Partitions, or a group, are part of the transaction from now on: it begins with the first. */
  add(
    what: { readonly partitions?: readonly Partition[]; readonly group?: string },
    bumpsEpoch: boolean,
    now: number,
  ): void {
    if (this.state !== 'Ongoing') {
      this.state = 'Ongoing'
      this.#deadline = this.#cluster.timers.at(now + this.timeout, at => this.#fence(at))
    }
    this.#bumpsEpoch = bumpsEpoch
    for (const partition of what.partitions ?? []) this.partitions.add(partition)
    if (what.group !== undefined) this.groups.add(what.group)
  }

  /** Ends the transaction, or says why not. */
  end(claim: ProducerClaim, end: TransactionEnd, bumpsEpoch: boolean, now: number): ErrorName | undefined {
    const { producerId, producerEpoch } = claim
    const wasNew =
      this.#bumpsEpoch && producerId === this.#producerIdBefore && producerEpoch === lastEpoch && this.epoch === 0
    const wasBumped = this.#bumpsEpoch && producerId === this.producerId && producerEpoch + 1 === this.epoch
    if (producerId !== this.producerId && !wasNew) return 'INVALID_PRODUCER_ID_MAPPING'
    const isOver = this.state === 'CompleteCommit' || this.state === 'CompleteAbort'
    const isRetry = isOver && (wasNew || wasBumped)
    if (producerEpoch !== this.epoch && !isRetry) return 'PRODUCER_FENCED'
    if (this.state === 'Ongoing') {
      this.#completeFor(end, bumpsEpoch, now)
      return undefined
    }
    const isSame = this.state === (end === 'commit' ? 'CompleteCommit' : 'CompleteAbort')
    if (isSame && (isRetry || !bumpsEpoch)) return undefined
    // Of what never began there is nothing to abort, but the epoch goes up all the same (KIP-890).
    if (end === 'commit' || !bumpsEpoch || isRetry) return 'INVALID_TXN_STATE'
    this.#completeFor(end, true, now)
    return undefined
  }

  #mayInit({ producerId, producerEpoch }: ProducerClaim): boolean {
    const isBefore = producerId === this.#producerIdBefore && producerEpoch >= lastEpoch
    return this.epoch === -1 || producerId === this.producerId || isBefore
  }

  /** Whoever had the transaction cannot go on. */
  #fence(now: number): void {
    // Whoever still calls itself by it may go on with the next, as long as no other has taken over.
    this.#epochBefore = this.epoch++
    this.#complete('abort', this.epoch, now)
  }

  /** The producer itself has ended it. */
  #completeFor(end: TransactionEnd, bumpsEpoch: boolean, now: number): void {
    this.#bumpsEpoch = bumpsEpoch
    this.#complete(end, bumpsEpoch ? this.epoch + 1 : this.epoch, now)
    if (!bumpsEpoch) return
    this.#epochBefore = this.epoch
    if (this.epoch >= lastEpoch) this.#renew()
    else this.epoch++
  }

  #complete(end: TransactionEnd, markerEpoch: number, now: number): void {
    this.#deadline?.cancel()
    const { producerId } = this
    for (const partition of this.partitions) partition.endTransaction(producerId, markerEpoch, end, now)
    for (const group of this.groups)
      this.#cluster.groups.get(group)?.offsets.endTransaction(producerId, end === 'commit')
    this.partitions.clear()
    this.groups.clear()
    this.state = end === 'commit' ? 'CompleteCommit' : 'CompleteAbort'
  }

  /** All epochs are used up. */
  #renew(): void {
    this.#producerIdBefore = this.producerId
    this.producerId = this.#cluster.nextProducerId++
    this.epoch = 0
  }
}
