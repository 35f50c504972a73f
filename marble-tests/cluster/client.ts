import { map, type Observable, Subject } from 'rxjs'
import { Kafka, type KafkaOptions } from '../../src/index.js'
import { ListOffsets } from '../../src/protocol/index.js'
import type { EmbeddedBroker, FaultOptions } from '../../src/testing/index.js'

/** A client of the cluster in virtual time, whose chance is always the lowest. */
export function clientOf({ bootstrap, transport }: EmbeddedBroker, options: Partial<KafkaOptions> = {}): Kafka {
  return new Kafka({ bootstrap, transport, random: size => Buffer.alloc(size), ...options })
}

/** Asks the leader of partition 0 for its end; emits the topic's name. */
export function askLeaderOf(kafka: Kafka, topic: string): Observable<string> {
  const topics = [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1n }] }]
  const options = { to: { leader: { topic, partition: 0 } }, timeout: 60_000 }
  return kafka.request(ListOffsets, { replicaId: -1, topics }, options).pipe(map(() => topic))
}

/** A letter for each request of an API that comes to the cluster. */
export function requestsOf({ fault }: EmbeddedBroker, api: FaultOptions['api'], letter: string): Observable<string> {
  const asked = new Subject<string>()
  fault({ api, times: Number.POSITIVE_INFINITY, before: () => asked.next(letter) })
  return asked
}
