import { BehaviorSubject, type Observable } from 'rxjs'
import type { TopicPartition } from '../cluster/topic.js'
import { partitionKey } from './committed-offsets.js'
import { Held } from './held.js'
import type { TenureOptions } from './tenure.js'

/** The partitions that are ours now. */
export class Helds implements Iterable<Held> {
  readonly #byKey = new Map<string, Held>()
  readonly #options: Omit<TenureOptions, 'partition'>
  readonly #assignment = new BehaviorSubject<readonly TopicPartition[]>([])

  constructor(options: Omit<TenureOptions, 'partition'>) {
    this.#options = options
  }

  /** Those held now, and again whenever others are. */
  get assignment(): Observable<readonly TopicPartition[]> {
    return this.#assignment
  }

  get size(): number {
    return this.#byKey.size
  }

  [Symbol.iterator](): Iterator<Held> {
    return this.#byKey.values()
  }

  find(partition: TopicPartition): Held | undefined {
    return this.#byKey.get(partitionKey(partition))
  }

  /** Those of these that are held. */
  among(partitions: readonly TopicPartition[]): readonly Held[] {
    return partitions.flatMap(partition => this.find(partition) ?? [])
  }

  add(partitions: readonly TopicPartition[], idOf: (topic: string) => string | undefined): readonly Held[] {
    const added = partitions.map(({ topic, partition }) => {
      const held = new Held({ ...this.#options, partition: { topic, partition } }, idOf(topic))
      this.#byKey.set(partitionKey(held), held)
      return held
    })
    this.#tell()
    return added
  }

  remove(helds: readonly Held[]): void {
    for (const held of helds) if (this.find(held) === held) this.#byKey.delete(partitionKey(held))
    this.#tell()
  }

  end(): void {
    this.#byKey.clear()
    this.#assignment.complete()
  }

  #tell(): void {
    this.#assignment.next([...this.#byKey.values()].map(({ topic, partition }) => ({ topic, partition })))
  }
}
