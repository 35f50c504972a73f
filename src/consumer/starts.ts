import { defer, EMPTY, type Observable, of, tap } from 'rxjs'
import type { Cluster } from '../cluster/cluster.js'
import { OffsetOutOfRangeError } from '../errors.js'
import type { MemberIdentity } from '../group/membership.js'
import type { At } from './at.js'
import { type CommittedOffsets, committedOffsets, partitionKey } from './committed-offsets.js'
import { type ConsumerConfig, isAssignedById } from './consumer-config.js'
import type { FirstSeen } from './first-seen.js'
import type { Held } from './held.js'
import type { Committed } from './offset-timestamp.js'
import type { Reading } from './reading.js'

/** What {@link Starts} need. */
export interface StartsOptions {
  readonly cluster: Cluster
  readonly config: ConsumerConfig
  readonly reading: Reading
  readonly identity: () => MemberIdentity | undefined
  readonly firstSeen: FirstSeen
  /** Where it began is to be committed. */
  readonly onCommit: () => void
}

const nothing: CommittedOffsets = new Map()

/** Where each partition begins to be read. */
export class Starts {
  readonly #options: StartsOptions

  constructor(options: StartsOptions) {
    this.#options = options
  }

  /** What the group has committed of them, which they are told; emits once, also where there is no group. */
  committed(helds: readonly Held[]): Observable<CommittedOffsets> {
    const { cluster, config, identity } = this.#options
    const { group } = config
    if (group === undefined || helds.length === 0) return of(nothing)
    const nobody = { group, memberId: '', generation: -1, protocol: 'classic' } as const
    return committedOffsets(cluster, () => identity() ?? nobody, helds).pipe(
      tap(offsets => {
        for (const held of helds) {
          held.committed = offsets.get(partitionKey(held))?.offset ?? null
          // When it was assigned by its name, that may have been known by an older id.
          if (held.isAssigning && !isAssignedById(config))
            held.topicId = cluster.metadata.topic(held.topic)?.id ?? held.topicId
        }
      }),
    )
  }

  /**
   * Begins to read a partition: where it was sought, or as the options say. Completes when its position is fixed.
   *
   * @param isFirst  whether it was there when the consumer began
   */
  start(held: Held, committed: Committed | undefined, isFirst: boolean): Observable<never> {
    const { reading, config, onCommit } = this.#options
    return defer(() => {
      if (held.isHalted || held.tenure.isOver) return EMPTY
      held.shut({ assigning: false })
      const at = held.sought ?? this.#startOf(held, isFirst)
      const isCommitted = committed !== undefined && at === 'committed'
      if (isCommitted) held.covered = committed.offset
      const isNew = this.#options.firstSeen.isNew(held)
      const reset = () => (isNew ? 'earliest' : this.#reset(held))
      const from = isCommitted ? committed : at === 'committed' || at === 'reset' ? reset() : at
      return reading.start(held, from, config.to).pipe(
        tap({
          complete: () => {
            // The end moves on, and who takes over does not know what was new: where it began is kept, as is what was sought.
            if (from === 'latest' || isNew || held.sought !== undefined) onCommit()
            else held.covered ??= held.tenure.startOffset
          },
        }),
      )
    })
  }

  /** Where it begins, as the user said. */
  #startOf(held: Held, isFirst: boolean): At | 'committed' | 'reset' {
    const { source, group } = this.#options.config
    if (source.kind === 'partitions') {
      const given = source.partitions.find(one => one.topic === held.topic && one.partition === held.partition)
      return given?.at ?? (group === undefined ? 'reset' : 'committed')
    }
    if (source.kind === 'member') return 'committed'
    // Of partitions made later nothing is missed.
    return isFirst ? (source.at ?? 'reset') : 'earliest'
  }

  #reset({ topic, partition }: Held): At {
    const { offsetReset } = this.#options.config.read
    if (offsetReset !== 'error') return offsetReset
    const message = `nothing is committed for ${topic}-${partition}, and offsetReset is 'error': seek it in onAssigned, or commit an offset`
    throw new OffsetOutOfRangeError(message, { topic, partition, offset: -1n })
  }
}
