import type { EmbeddedBroker } from 'kafka-rx/testing'
import { concat, map, type Observable, timer } from 'rxjs'

/** What befalls a cluster of three brokers within three seconds, told as it happens. */
export function trouble(cluster: EmbeddedBroker, topic: string): Observable<string> {
  const aSecondLater = (act: () => string): Observable<string> => timer(1000).pipe(map(act))
  return concat(
    aSecondLater(() => {
      cluster.stop(2)
      return 'broker 2 is stopped: it hangs up, and others lead its partitions'
    }),
    aSecondLater(() => {
      const leader = cluster.partitions.find(({ topic: name, partition }) => name === topic && partition === 0)?.leader
      const other = leader === 1 ? 3 : 1
      cluster.moveLeader(topic, 0, other)
      return `the leader of partition 0 moves from broker ${leader} to broker ${other}`
    }),
    aSecondLater(() => {
      cluster.start(2)
      return 'broker 2 is back'
    }),
  )
}
