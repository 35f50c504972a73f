import { concat, defer, map, NEVER, takeUntil, throwError, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { AuthenticationError, ConnectError, type Transport } from '../../src/connection/index.js'
import { DescribeCluster } from '../../src/protocol/index.js'
import { live } from './live.js'

const body = { includeClusterAuthorizedOperations: false }
const failing = (code: string) => throwError(() => Object.assign(new Error(code), { code }))
/** Refuses one name, does not know another, and swallows all else. */
const dead: Transport = ({ host }) =>
  host === 'a' ? failing('ECONNREFUSED') : host === 'b' ? failing('ENOTFOUND') : NEVER

describe('no bootstrap server reachable', () => {
  it('tries all, again and again within the deadline, and names each with its own reason', () => {
    const tries: string[] = []
    const { error, endedAt } = live(
      {
        kafka: { bootstrap: 'a:1,b:2,c:3', timeout: 700 },
        transport: (_, scheduler) => endpoint => {
          tries.push(`${scheduler.now()} ${endpoint.host}`)
          return dead(endpoint)
        },
      },
      ({ kafka }) => kafka.request(DescribeCluster, body, { timeout: 2000 }),
    )
    expect(endedAt).toBe(2000)
    expect(error).toBeInstanceOf(ConnectError)
    expect(String(error)).toMatch(/any of 3 servers: .*a:1: ECONNREFUSED/)
    expect(String(error)).toMatch(/b:2: ENOTFOUND/)
    expect(String(error)).toMatch(/c:3: no connection within 700 ms/)
    expect(error).toMatchObject({ retriable: true, outcome: 'unsent' })
    expect(tries.filter(one => one.endsWith('a')).length).toBeGreaterThan(1)
    expect(tries.length).toBeLessThan(12)
  })

  it('names one that is still being tried when time is over', () => {
    const { error, endedAt } = live({ kafka: { bootstrap: 'c:3' }, transport: () => dead }, ({ kafka }) =>
      kafka.request(DescribeCluster, body, { timeout: 2000 }),
    )
    expect(endedAt).toBe(2000)
    expect(error).toMatchObject({ name: 'ConnectError', host: 'c', port: 3 })
    expect(String(error)).toMatch(/not open within 2000 ms/)
  })

  it.each([['controller'], [{ coordinator: { group: 'g' } }], [{ leader: { topic: 't', partition: 0 } }]] as const)(
    'names each for what is asked of %o too',
    to => {
      const { error, endedAt } = live(
        { kafka: { bootstrap: 'a:1,b:2', requestTimeout: 60_000 }, transport: () => dead },
        ({ kafka }) => kafka.request(DescribeCluster, body, { to, timeout: 3000 }),
      )
      expect(endedAt).toBe(3000)
      expect(error).toBeInstanceOf(ConnectError)
      expect(String(error)).toMatch(/a:1: ECONNREFUSED.*b:2: ENOTFOUND|b:2: ENOTFOUND.*a:1: ECONNREFUSED/)
    },
  )

  it('is not retriable where every name is wrong: a typo would else be tried for ever', () => {
    const { error } = live({ kafka: { bootstrap: 'b:2' }, transport: () => dead }, ({ kafka }) =>
      kafka.request(DescribeCluster, body, { timeout: 3000 }),
    )
    expect(error).toMatchObject({ name: 'ConnectError', retriable: false })
  })

  it('does without a name that is wrong where another is right', () => {
    const { values, endedAt } = live(
      {
        kafka: { bootstrap: ['b:2', '127.0.0.1:9092'] },
        transport: cluster => endpoint => (endpoint.host === 'b' ? dead(endpoint) : cluster.transport(endpoint)),
      },
      ({ kafka }) => kafka.request(DescribeCluster, body).pipe(map(({ brokers }) => brokers.length)),
    )
    expect(values).toEqual([1])
    expect(endedAt).toBeLessThan(100)
  })

  it('asks the next when one says nothing for two seconds', () => {
    const { values, endedAt } = live(
      {
        kafka: { bootstrap: ['c:3', '127.0.0.1:9092'], random: size => Buffer.alloc(size, 1) },
        transport: cluster => endpoint => (endpoint.host === 'c' ? NEVER : cluster.transport(endpoint)),
      },
      ({ kafka }) => kafka.request(DescribeCluster, body).pipe(map(({ brokers }) => brokers.length)),
    )
    expect(values).toEqual([1])
    expect([0, 2000]).toContain(endedAt)
  })

  it('begins with another server by chance', () => {
    const firstOf = (byte: number) => {
      const tries: string[] = []
      live(
        {
          kafka: { bootstrap: 'a,b', timeout: 100, random: size => Buffer.alloc(size, byte) },
          transport: () => endpoint => {
            tries.push(endpoint.host)
            return dead(endpoint)
          },
        },
        ({ kafka }) => kafka.request(DescribeCluster, body, { timeout: 50 }),
      )
      return tries[0]
    }
    expect(new Set([firstOf(0), firstOf(1)])).toEqual(new Set(['a', 'b']))
  })

  it('is told after 60 s where there is no deadline', () => {
    const { error, endedAt } = live({ kafka: { bootstrap: 'a,b' }, transport: () => dead }, ({ kafka }) =>
      kafka.request(DescribeCluster, body, { timeout: Number.POSITIVE_INFINITY }),
    )
    expect(endedAt).toBe(60_000)
    expect(error).toBeInstanceOf(ConnectError)
  })

  it('is over when a server comes up', () => {
    const { values, endedAt } = live({}, ({ kafka, cluster, scheduler }) => {
      cluster.stop(1)
      scheduler.schedule(() => cluster.start(1), 5000)
      return kafka.request(DescribeCluster, body).pipe(map(({ brokers }) => brokers.length))
    })
    expect(values).toEqual([1])
    expect(endedAt).toBeLessThanOrEqual(6000)
  })
})

const alice = { mechanism: 'PLAIN', username: 'alice', password: 'secret' } as const
const listener = { mechanisms: ['PLAIN'], users: { alice: 'secret' } } as const

describe('wrong credentials', () => {
  it('are told at once', () => {
    const { error, endedAt } = live(
      { broker: { brokers: 3, sasl: listener }, kafka: { sasl: { ...alice, password: 'wrong' } } },
      ({ kafka }) => kafka.request(DescribeCluster, body),
    )
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(endedAt).toBe(0)
  })

  it.each(['ERR_SSL_WRONG_VERSION_NUMBER', 'DEPTH_ZERO_SELF_SIGNED_CERT'])('so is TLS that does not fit: %s', code => {
    const { error, endedAt } = live({ kafka: { tls: true }, transport: () => () => failing(code) }, ({ kafka }) =>
      kafka.request(DescribeCluster, body),
    )
    expect(error).toMatchObject({ name: 'ConnectError', retriable: false })
    expect(endedAt).toBe(0)
  })

  it('are tried for 30 s where they once were right, and then told', () => {
    const { error, endedAt, events } = live(
      { broker: { brokers: 2, sasl: listener }, kafka: { sasl: alice } },
      ({ kafka, cluster }) =>
        concat(
          kafka.request(DescribeCluster, body),
          defer(() => {
            cluster.fault({
              api: 'SaslAuthenticate',
              error: 'SASL_AUTHENTICATION_FAILED',
              times: Number.POSITIVE_INFINITY,
            })
            cluster.disconnect()
            return kafka.request(DescribeCluster, body, { timeout: 120_000 })
          }),
        ),
    )
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(endedAt).toBeGreaterThanOrEqual(30_000)
    expect(endedAt).toBeLessThan(33_000)
    expect(events.filter(({ type }) => type === 'retrying').length).toBeGreaterThan(10)
  })

  it('are forgotten when they are right again', () => {
    const { values, error, endedAt } = live(
      { broker: { sasl: listener }, kafka: { sasl: alice } },
      ({ kafka, cluster, scheduler }) =>
        concat(
          kafka.request(DescribeCluster, body),
          defer(() => {
            const fault = cluster.fault({
              api: 'SaslAuthenticate',
              error: 'SASL_AUTHENTICATION_FAILED',
              times: Number.POSITIVE_INFINITY,
            })
            cluster.disconnect()
            scheduler.schedule(() => fault.unsubscribe(), 20_000)
            return kafka.request(DescribeCluster, body)
          }),
        ).pipe(map(({ brokers }) => brokers.length)),
    )
    expect(error).toBeUndefined()
    expect(values).toEqual([1, 1])
    expect(endedAt).toBeLessThan(22_000)
  })
})

describe('after the cluster was reached once', () => {
  it('an outage is ridden out until the deadline, and told by events', () => {
    const { values, error, events } = live({ broker: { brokers: 2 } }, ({ kafka, cluster, scheduler }) =>
      concat(
        kafka.request(DescribeCluster, body),
        defer(() => {
          for (const id of [1, 2]) cluster.stop(id)
          scheduler.schedule(() => cluster.start(2), 300_000)
          return kafka.request(DescribeCluster, body, { timeout: 400_000 })
        }),
      ).pipe(map(({ brokers }) => brokers.length)),
    )
    expect(error).toBeUndefined()
    expect(values).toEqual([2, 1])
    const retries = events.flatMap(event => (event.type === 'retrying' ? [event] : []))
    expect(retries.length).toBeGreaterThan(200)
    // Doubled, up to a second: no hot loop.
    expect(retries.length).toBeLessThan(320)
    expect(retries.slice(0, 5).map(({ delay }) => delay)).toEqual([100, 200, 400, 800, 1000])
    expect(retries[1]).toMatchObject({ what: 'DescribeCluster', attempt: 2 })
    expect(retries[1]?.cause).toBeInstanceOf(ConnectError)
  })

  it.each([1000, Number.POSITIVE_INFINITY])(
    'a loop of an outage can be left, and leaves nothing: timeout %d',
    timeout => {
      const { endedAt, error, connections } = live({}, ({ kafka, cluster, scheduler }) =>
        concat(
          kafka.request(DescribeCluster, body),
          defer(() => {
            cluster.stop(1)
            return kafka
              .request(DescribeCluster, body, { timeout: 60 * timeout })
              .pipe(takeUntil(timer(40_000, scheduler)))
          }),
          kafka.released,
        ),
      )
      expect([endedAt, error, connections]).toEqual([40_000, undefined, 0])
    },
  )
})
