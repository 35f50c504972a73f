/** Whether what precedes a batch is all there: a set of {@link MISSING} and {@link UNCERTAIN}. */
export type Gap = number
/** A batch has ended here that surely is in no log: what follows it cannot be appended under this epoch. */
export const MISSING = 1
/** A batch has ended here that may be in a log, or may still get there: its sequences are not used again. */
export const UNCERTAIN = 2

/** A batch on its way to its partition; the accumulator hangs its own on a subclass. Written by the machine alone. */
export class SequencedBatch {
  /** Under which it goes: to be written into its bytes whenever it is handed with others than the last time. */
  producerId = -1n
  producerEpoch = -1
  baseSequence = -1
  phase: 'new' | 'flying' | 'waiting' | 'ended' = 'new'
  /** The node that it flew to last. */
  leader = -1
  /** Counts the batches of the partition: five in a row is what a broker remembers. */
  turn = -1
  /** Whether an attempt has left this process. */
  sent = false
  /** Whether an attempt may have been appended; true stays true. */
  maybe = false
  /** Given up while it flew: its records were told, and its answer tells only what follows it. */
  told = false
  gap: Gap = 0
  /** How many records; the same from its first handing on. */
  count: number

  constructor(count: number) {
    this.count = count
  }
}
