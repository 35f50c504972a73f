import { concatMap, defer, finalize, type Observable, of, ReplaySubject, share, tap } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { Broker } from '../broker/index.js'
import { errors } from '../protocol/error-codes.js'
import { FindCoordinator, type FindCoordinatorResponse } from '../protocol/messages/find-coordinator.js'
import type { Address } from './bootstrap.js'

/** Whose coordinator: of a group, or of a transactional id. */
export type Coordinated = { readonly group: string } | { readonly transaction: string }

/** Asks FindCoordinator of whoever answers; the body depends on what that broker speaks. */
export type AskFindCoordinator = (body: (broker: Broker) => FindBody) => Observable<FindCoordinatorResponse>

type FindBody = Parameters<typeof FindCoordinator.request.encode>[0]

const KEY_TYPE = { group: 0, transaction: 1 } as const
/** The version from which many coordinators are asked for at once (KIP-699). */
const MANY = 4

/** Which broker coordinates what, remembered until somebody finds that it does not. */
export class Coordinators {
  readonly #ask: AskFindCoordinator
  readonly #known = new Map<string, Address>()
  readonly #asked = new Map<string, Observable<Address>>()

  constructor(ask: AskFindCoordinator) {
    this.#ask = ask
  }

  /** Where it is; asked once for all who want to know meanwhile. Errors with the BrokerError of an answer that has none. */
  find(whose: Coordinated): Observable<Address> {
    return defer(() => {
      const key = keyOf(whose)
      const known = this.#known.get(key)
      if (known !== undefined) return of(known)
      const asked = this.#asked.get(key) ?? this.#begin(key, whose)
      this.#asked.set(key, asked)
      return asked
    })
  }

  /** It is another cluster. */
  forgetAll(): void {
    this.#known.clear()
  }

  /** It is not there any more. */
  forget(whose: Coordinated): void {
    this.#known.delete(keyOf(whose))
  }

  #begin(key: string, whose: Coordinated): Observable<Address> {
    return this.#ask(broker => bodyOf(broker, whose)).pipe(
      concatMap(response => of(addressOf(response, whose))),
      tap(address => this.#known.set(key, address)),
      finalize(() => this.#asked.delete(key)),
      share({ connector: () => new ReplaySubject(1) }),
    )
  }
}

function bodyOf(broker: Broker, whose: Coordinated): FindBody {
  const key = nameOf(whose)
  const keyType = 'group' in whose ? KEY_TYPE.group : KEY_TYPE.transaction
  const isMany = (broker.versions.get(FindCoordinator.key)?.max ?? 0) >= MANY
  return isMany ? { keyType, coordinatorKeys: [key] } : { keyType, key }
}

function addressOf(response: FindCoordinatorResponse, whose: Coordinated): Address {
  const { errorCode, errorMessage, nodeId, host, port } = response.coordinators[0] ?? response
  if (errorCode === errors.NONE.code && nodeId >= 0) return { host, port }
  const code = errorCode === errors.NONE.code ? errors.COORDINATOR_NOT_AVAILABLE.code : errorCode
  throw brokerError(code, `the coordinator of ${nameOf(whose)}`, errorMessage)
}

function keyOf(whose: Coordinated): string {
  return 'group' in whose ? `group ${whose.group}` : `transaction ${whose.transaction}`
}

function nameOf(whose: Coordinated): string {
  return 'group' in whose ? whose.group : whose.transaction
}
