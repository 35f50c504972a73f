import { VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { Cluster } from '../../src/cluster/cluster.js'
import { type KafkaOptions, kafkaSettings } from '../../src/cluster/kafka-options.js'
import { subscribedTopics } from '../../src/group/subscription.js'
import { CreateTopics } from '../../src/protocol/messages/create-topics.js'
import { FindCoordinator } from '../../src/protocol/messages/find-coordinator.js'
import { type EmbeddedBroker, embeddedBroker } from '../../src/testing/index.js'

interface World {
  readonly broker: EmbeddedBroker
  create(time: number, name: string): void
  /** Its topic comes to be by that. */
  findCoordinator(): void
}

/** What is told until a time: topics, ends, and events of those that are missing. */
function follow(
  topics: readonly string[] | RegExp,
  until: number,
  prepare: (world: World) => void = () => {},
  kafka: Partial<KafkaOptions> = {},
): readonly string[] {
  const scheduler = new VirtualTimeScheduler()
  scheduler.maxFrames = until
  const told: string[] = []
  const tell = (text: string) => told.push(`${scheduler.now()} ${text}`)
  const running = embeddedBroker({ listen: false, scheduler, topics: { one: 1, other: 1 } }).subscribe(broker => {
    const { bootstrap, transport } = broker
    const cluster = new Cluster(
      kafkaSettings({
        bootstrap,
        transport,
        scheduler,
        metadataMaxAge: 1000,
        random: size => Buffer.alloc(size),
        ...kafka,
      }),
    )
    const create = (name: string) => {
      const made = [{ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }]
      const body = { topics: made, timeoutMs: 1000, validateOnly: false }
      cluster.request(CreateTopics, { body, to: 'controller', timeout: 1000 }).subscribe()
    }
    prepare({
      broker,
      create: (time, name) => scheduler.schedule(() => create(name), time),
      findCoordinator: () => {
        const body = { keyType: 0, coordinatorKeys: ['g'] }
        cluster.request(FindCoordinator, { body, to: 'any', timeout: 1000 }).subscribe()
      },
    })
    cluster.events.stream.subscribe(event => {
      if (event.type === 'topic-missing') tell(`${event.topic} is missing since ${event.since}`)
    })
    subscribedTopics(cluster, topics).subscribe({
      next: names => tell(names.join(' ') || 'none'),
      error: error => tell(error.message),
    })
  })
  scheduler.flush()
  running.unsubscribe()
  return told
}

describe('topics by name', () => {
  it('are each read once, in order, once it is known of each whether it is there', () => {
    expect(follow(['other', 'one', 'other'], 5000)).toEqual(['0 one other'])
  })

  it('are told each minute of which they are not there, until they are', () => {
    const told = follow(['one', 'late'], 200_000, ({ create }) => create(100_000, 'late'))
    expect(told).toEqual(['0 late is missing since 0', '0 late one', '60000 late is missing since 0'])
  })

  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 'secret'],
    ['INVALID_TOPIC_EXCEPTION', 'secret'],
  ] as const)('that are refused with %s are not waited for', (error, topic) => {
    const told = follow([topic], 5000, ({ broker }) => {
      broker.fault({ api: 'Metadata', topic, error, times: Number.POSITIVE_INFINITY })
    })
    expect(told).toEqual([expect.stringMatching(new RegExp(`^0 the topic secret: ${error}`))])
  })

  it('of a cluster that cannot be reached error with why, when a request would', () => {
    const told = follow(['one'], 100_000, ({ broker }) => broker.stop(1), { requestTimeout: 5000 })
    expect(told).toEqual([expect.stringMatching(/^5000 .*127\.0\.0\.1:9092/)])
  })
})

describe('topics by a pattern', () => {
  it('are those that match and are not internal, and those that come', () => {
    const told = follow(/o/g, 10_000, ({ create, findCoordinator }) => {
      findCoordinator()
      create(2500, 'more')
    })
    expect(told).toEqual(['0 one other', '3000 more one other'])
  })

  it('may be none', () => {
    expect(follow(/^x/, 5000)).toEqual(['0 none'])
  })
})
