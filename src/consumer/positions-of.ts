import type { ConsumerPosition } from './consumer.js'
import type { Held } from './held.js'

/** How far each partition is read, handled and committed. */
export function positionsOf(helds: Iterable<Held>, isAcknowledged: boolean): readonly ConsumerPosition[] {
  return Array.from(helds, held => {
    const { topic, partition, tenure, committed, endOffset, isPaused } = held
    const isKnown = tenure.startOffset !== undefined
    const position = isKnown ? tenure.position : (committed ?? 0n)
    const done = isAcknowledged && isKnown ? tenure.handled.offset : position
    const lag = endOffset === null ? null : endOffset > done ? endOffset - done : 0n
    return { topic, partition, position, committed, endOffset, lag, paused: isPaused }
  })
}
