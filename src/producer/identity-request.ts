import type { Subscription } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { KafkaError } from '../errors.js'
import { errors } from '../protocol/error-codes.js'
import { InitProducerId, type InitProducerIdResponse } from '../protocol/messages/init-producer-id.js'
import { unsent } from './failures.js'
import type { Identity } from './producer-identity.js'
import type { Producing } from './producing.js'

/** Not used without a transactional id. */
const NO_TRANSACTION = 2 ** 31 - 1

/** Asks for the producer's id, again and again while it is wanted; see KIP-98. */
export class IdentityRequest {
  readonly #producing: Producing
  #asking: Subscription | undefined
  #again: Subscription | undefined
  #failures = 0
  #told: Identity = { producerId: -1n, producerEpoch: -1 }

  constructor(producing: Producing) {
    this.#producing = producing
  }

  begin(): void {
    if (this.#asking !== undefined || this.#again !== undefined) return
    const { cluster } = this.#producing
    const body = {
      transactionalId: null,
      transactionTimeoutMs: NO_TRANSACTION,
      producerId: -1n,
      producerEpoch: -1,
    }
    this.#asking = cluster
      .request(InitProducerId, { body, to: 'any', timeout: cluster.settings.requestTimeout })
      .subscribe({ next: response => this.#answered(response), error: error => this.#failed(error) })
    if (this.#asking.closed) this.#asking = undefined
  }

  /** Tells if the producer goes on under another id or epoch than before. */
  tell(): void {
    const { identity, lastFailure: cause, cluster } = this.#producing
    if (identity.is(this.#told)) return
    const isFirst = this.#told.producerEpoch < 0
    const { producerId, producerEpoch } = identity
    this.#told = { producerId, producerEpoch }
    if (isFirst) return
    cluster.events.tell({ type: 'epoch-bumped', producerId, epoch: producerEpoch, ...(cause && { cause }) })
  }

  /** Nobody needs it now. */
  end(): void {
    this.#asking?.unsubscribe()
    this.#again?.unsubscribe()
    this.#asking = undefined
    this.#again = undefined
  }

  #answered({ errorCode, producerId, producerEpoch }: InitProducerIdResponse): void {
    if (errorCode !== errors.NONE.code) {
      const isForbidden = errorCode === errors.CLUSTER_AUTHORIZATION_FAILED.code
      const advice = isForbidden ? ' (allow IDEMPOTENT_WRITE on the cluster, or give `idempotent: false`)' : ''
      this.#failed(brokerError(errorCode, `InitProducerId${advice}`))
      return
    }
    this.#asking = undefined
    this.#failures = 0
    this.#producing.identity.given(producerId, producerEpoch)
    this.#producing.wake()
  }

  #failed(error: KafkaError): void {
    this.#asking = undefined
    const { cluster } = this.#producing
    if (!error.retriable) {
      this.#producing.failAll(unsent(error))
      return
    }
    this.#producing.lastFailure = error
    this.#failures++
    this.#again = cluster.scheduler.schedule(() => {
      this.#again = undefined
      this.begin()
    }, cluster.backoff(this.#failures))
  }
}
