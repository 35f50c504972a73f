/** The id and epoch under which a partition's batches are numbered; -1 each without. */
export interface Identity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

/** No epoch comes after this one. */
const LAST_EPOCH = 0x7fff

/**
 * The id and epoch of a producer: what its partitions take when they begin anew. Each switches when nothing of it is
 * under way; until then it goes on under its own, since Kafka fences by partition. A transaction that ends gives the
 * next epoch in the same way, with nothing under way anywhere.
 *
 * Invariant: the epochs of one id only rise, so that one which a partition has used is never given to it again.
 */
export class ProducerIdentity implements Identity {
  producerId = -1n
  producerEpoch = -1
  /** Whether InitProducerId is to be asked; until it is answered nobody begins anew. */
  wanted: boolean
  /** False: batches carry no id, and nothing is numbered. */
  readonly idempotent: boolean

  constructor(idempotent = true) {
    this.idempotent = idempotent
    this.wanted = idempotent
  }

  /** InitProducerId, or the end of a transaction, was answered. */
  given(producerId: bigint, producerEpoch: number): void {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
    this.wanted = false
  }

  /** Whether those are the newest. */
  is(of: Identity): boolean {
    return of.producerId === this.producerId && of.producerEpoch === this.producerEpoch
  }

  /** Sees to it that there is a newer one than `of`; false while that has to be asked for. */
  renew(of: Identity): boolean {
    if (!this.idempotent) return true
    if (!this.wanted && this.is(of)) {
      if (this.producerEpoch === LAST_EPOCH) this.wanted = true
      else this.producerEpoch++
    }
    return !this.wanted
  }

  /** A broker has seen a higher epoch of this id than ours: somebody else uses it. Returns whether that is news. */
  fenced(of: Identity): boolean {
    if (this.wanted || of.producerId !== this.producerId) return false
    this.wanted = true
    return true
  }
}
