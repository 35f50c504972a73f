import { concatMap, defer, EMPTY, type Observable, of, take, throwError } from 'rxjs'
import { describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { absence } from './absence.js'
import type { Address } from './bootstrap.js'
import type { Coordinated, Coordinators } from './coordinators.js'
import type { Metadata } from './metadata.js'
import { routingErrors } from './routing-error.js'
import type { Topic, TopicPartition } from './topic.js'

/** Which broker a request is for. */
export type RequestTarget =
  | 'any'
  | 'controller'
  | { readonly broker: number }
  | { readonly leader: TopicPartition }
  | { readonly coordinator: Coordinated }

/** A target with an address. */
export interface Destination {
  readonly find: Observable<Address>
  /** What the wrong broker answers. */
  readonly wrong: ReadonlySet<number>
  /** To be called when that was answered. */
  readonly forget: () => void
}

/** Throws ArgumentError for what is no target. */
export function checkTarget(to: RequestTarget): void {
  if (to === 'any' || to === 'controller') return
  if (typeof to === 'object' && to !== null) {
    if ('broker' in to && Number.isInteger(to.broker)) return
    if ('leader' in to && typeof to.leader?.topic === 'string' && Number.isInteger(to.leader.partition)) return
    if ('coordinator' in to && typeof to.coordinator === 'object' && to.coordinator !== null) {
      const [name] = Object.values(to.coordinator)
      if (typeof name === 'string' && ('group' in to.coordinator || 'transaction' in to.coordinator)) return
    }
  }
  const forms =
    "'any', 'controller', { broker }, { leader: { topic, partition } } or { coordinator: { group } or { transaction } }"
  throw new ArgumentError(`to must be ${forms}; got ${describe(to)}`)
}

/** Where a target other than 'any' is; found anew at each subscribe, from what is known then. */
export function destinationOf(
  to: Exclude<RequestTarget, 'any'>,
  metadata: Metadata,
  coordinators: Coordinators,
  now: () => number,
): Destination {
  const stale = () => metadata.stale()
  if (to === 'controller') {
    return {
      find: findNode(metadata, ({ controllerId }) => controllerId),
      wrong: routingErrors.controller,
      forget: stale,
    }
  }
  if ('broker' in to) return { find: findNode(metadata, () => to.broker), wrong: routingErrors.none, forget: stale }
  if ('leader' in to) {
    const { topic } = to.leader
    return {
      find: findLeader(metadata, to.leader, now),
      wrong: routingErrors.leader,
      forget: () => metadata.stale(topic),
    }
  }
  return {
    find: coordinators.find(to.coordinator),
    wrong: routingErrors.coordinator,
    forget: () => coordinators.forget(to.coordinator),
  }
}

/** As soon as the cluster has such a node; until then it is asked again and again. */
function findNode(metadata: Metadata, idOf: (view: Metadata['view']) => number): Observable<Address> {
  return metadata.watch({ topics: [], create: false }).pipe(
    concatMap(view => {
      const node = view.nodes.get(idOf(view))
      if (node !== undefined) return of(node)
      metadata.stale()
      return EMPTY
    }),
    take(1),
  )
}

/** As soon as the partition has a leader. Errors with what {@link absence} says of a topic that does not come. */
function findLeader(metadata: Metadata, { topic, partition }: TopicPartition, now: () => number): Observable<Address> {
  return defer(() => {
    /** What was known when the partition was not among it: it may have been added since. */
    let doubted: Topic | undefined
    return metadata.watch({ topics: [topic], create: false }).pipe(
      concatMap(({ topics, nodes }) => {
        const known = topics.get(topic)
        if (known === undefined) {
          const failure = absence(metadata, topic, now())
          return failure === undefined ? EMPTY : throwError(() => failure)
        }
        if (partition >= known.partitions.length && doubted !== undefined && doubted !== known) {
          return throwError(() => noSuchPartition(known, partition))
        }
        const node = nodes.get(known.partitions[partition]?.leader ?? -1)
        if (node !== undefined) return of(node)
        doubted = known
        metadata.stale(topic)
        return EMPTY
      }),
      take(1),
    )
  })
}

function noSuchPartition({ name, partitions }: Topic, partition: number): ArgumentError {
  const message = `${name} has the partitions 0 to ${partitions.length - 1}, and no partition ${partition}`
  return new ArgumentError(message, { outcome: 'unsent' })
}
