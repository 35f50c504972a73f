import { catchError, concat, defer, ignoreElements, map, type Observable, of, timer } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compare } from '../examples/compare.js'
import type { Order } from '../examples/orders.js'
import type { Logged } from '../examples/read-log.js'
import { story } from '../examples/story.js'
import { marbles } from '../marble-tests/marbles.js'
import { type Delivery, Kafka } from '../src/index.js'
import { type EmbeddedBroker, embeddedBroker } from '../src/testing/index.js'
import { goodEnd, startExample, timeless } from './start-example.js'
import type { UserProject } from './user-project.js'

describe.concurrent('the example that `npm start` runs', () => {
  let user: UserProject

  beforeAll(() => {
    user = startExample()
  }, 60_000)
  afterAll(() => user?.remove())

  it('tells what happens on a cluster of its own, and that nothing is lost of it', async () => {
    const { status, stderr, stdout } = await user.start('start.js', { KAFKA_BROKERS: '' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const [heading, created, ...lines] = timeless(stdout)
    expect(heading).toContain('KAFKA_BROKERS=host:port npm start')
    expect(created).toContain('created TOPIC; Ann and Bob')
    const troubles = lines.map(line => /^ {2}\w+ .*?(stopped|moves|back)\b/.exec(line)?.[1])
    expect(troubles.filter(trouble => trouble !== undefined)).toEqual(['stopped', 'moves', 'back'])
    const [leaving = '', ...later] = lines.slice(lines.findIndex(line => line.includes('Ann is unsubscribed')))
    expect(leaving).toContain('Ann is unsubscribed')
    expect(later).toContain('Bob reads partitions 0, 1, and 2')
    expect(lines).toContain('  order 1,234 has failed twice: it goes to the dead letters')
    expect(lines).toContain('    the connection to broker 2 is lost')
    expect(lines.slice(-goodEnd.length)).toEqual(goodEnd)
  })

  it('says why it cannot reach the broker that it was given, and fails', async () => {
    const { status, stderr } = await user.start('start.js', { KAFKA_BROKERS: '127.0.0.1:1' })
    expect(status).toBe(1)
    expect(stderr).toContain('ConnectError (CONNECT)')
    expect(stderr).toContain('127.0.0.1:1')
  })
})

describe('its story', () => {
  /** What it comes to, in virtual time. */
  const endOf = (use: (kafka: Kafka, cluster: EmbeddedBroker) => Observable<unknown>): unknown[] => {
    const values: unknown[] = []
    marbles(({ flush }) => {
      embeddedBroker({ listen: false }, cluster =>
        use(new Kafka({ bootstrap: cluster.bootstrap, transport: cluster.transport }), cluster),
      ).subscribe(value => values.push(value))
      flush()
    })
    return values
  }

  const topicsOf = (cluster: EmbeddedBroker) =>
    cluster.partitions.map(({ topic }) => topic).filter(topic => !topic.startsWith('__'))
  const membersOf = (cluster: EmbeddedBroker) => cluster.groups.flatMap(({ members }) => members)

  it('leaves nothing behind', () => {
    const left = endOf((kafka, cluster) =>
      concat(
        story(kafka, { name: 'orders', partitions: 3 }).pipe(ignoreElements()),
        defer(() => timer(1).pipe(map(() => [cluster.connections, topicsOf(cluster), membersOf(cluster)]))),
      ),
    )
    expect(left).toEqual([[[], [], []]])
  })

  it('ends in an error, and leaves nothing behind, where the log is not what was acknowledged', () => {
    const told = endOf((kafka, cluster) => {
      const forged = { id: 0, customer: 'mallory', item: 'apples', cents: 1 }
      const forge = () => kafka.producer().send({ topic: 'orders', value: JSON.stringify(forged) })
      return story(kafka, { name: 'orders', partitions: 3 }, () => forge().pipe(ignoreElements())).pipe(
        ignoreElements(),
        catchError(error => of({ error: String(error), topics: topicsOf(cluster) })),
      )
    })
    expect(told).toEqual([
      { error: expect.stringContaining('the log differs: 1 in the log more than once'), topics: [] },
    ])
  })
})

describe('compare', () => {
  const order = (id: number, customer = 'alice'): Order => ({ id, customer, item: 'apples', cents: 100 })
  const place = (offset: number) => ({ topic: 'orders', partition: 0, offset: BigInt(offset) })
  const delivery = (id: number, offset: number): Delivery<Order> => ({
    input: order(id),
    ...place(offset),
    timestamp: 0,
    toJSON: Object,
  })
  const logged = (id: number, offset: number, customer?: string): Logged => ({
    order: order(id, customer),
    ...place(offset),
  })

  it.each<[string, Delivery<Order>[], Logged[], string[]]>([
    ['nothing', [delivery(1, 0), delivery(2, 1)], [logged(1, 0), logged(2, 1)], []],
    ['nothing where more is there', [delivery(1, 0)], [logged(1, 0), logged(2, 1)], []],
    ['what is lost', [delivery(1, 0), delivery(2, 1)], [logged(1, 0)], ['1 acknowledged and not in the log']],
    ['what is twice', [], [logged(1, 0), logged(1, 1)], ['1 in the log more than once']],
    ['what is elsewhere', [delivery(1, 0)], [logged(1, 7)], ['1 not where the acknowledgement says']],
    ['what is late', [], [logged(2, 0), logged(1, 1)], ['1 behind a later one of the same customer']],
    ['nothing in the order of others', [], [logged(2, 0, 'bob'), logged(1, 1)], []],
  ])('finds %s', (_what, deliveries, log, differences) => {
    expect(compare(deliveries, log, () => true)).toEqual(differences)
  })

  it('finds what nobody has done', () => {
    expect(compare([], [logged(1, 0), logged(2, 1)], ({ id }) => id === 1)).toEqual([
      '1 neither billed nor a dead letter',
    ])
  })
})
