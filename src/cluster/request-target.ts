import { concatMap, EMPTY, type Observable, of, take, throwError } from 'rxjs'
import { describe } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { awaitTopic } from './await-topic.js'
import type { Address } from './bootstrap.js'
import type { Coordinated, Coordinators } from './coordinators.js'
import type { Metadata } from './metadata.js'
import { routingErrors } from './routing-error.js'
import type { TopicPartition } from './topic.js'

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

function findLeader(metadata: Metadata, { topic, partition }: TopicPartition, now: () => number): Observable<Address> {
  return awaitTopic(metadata, topic, now).pipe(
    concatMap(({ partitions }) => {
      if (partition < partitions.length) return metadata.watch({ topics: [topic], create: false })
      const has = `${topic} has the partitions 0 to ${partitions.length - 1}`
      return throwError(() => new ArgumentError(`${has}, and no partition ${partition}`, { outcome: 'unsent' }))
    }),
    concatMap(({ topics, nodes }) => {
      const node = nodes.get(topics.get(topic)?.partitions[partition]?.leader ?? -1)
      if (node !== undefined) return of(node)
      metadata.stale(topic)
      return EMPTY
    }),
    take(1),
  )
}
