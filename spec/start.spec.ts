import { lastValueFrom, toArray } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addressOf } from '../examples/address-of.js'
import { tour } from '../examples/tour.js'
import { embeddedBroker } from '../src/testing/index.js'
import { held, startExample, timeless, told } from './start-example.js'
import type { UserProject } from './user-project.js'

describe('the example that `npm start` runs', () => {
  let user: UserProject

  beforeAll(() => {
    user = startExample()
  }, 60_000)
  afterAll(() => user?.remove())

  it('tells what it does on a broker of its own, and ends', () => {
    const { status, stderr, stdout } = user.run('start.js', { KAFKA_BROKERS: '' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const [heading, ...lines] = timeless(stdout)
    expect(heading).toBe('On an embedded broker; KAFKA_BROKERS=host:port npm start takes a real one')
    const lost = 'asking     with a timeout of 300 ms, when a fault makes the broker lose the answer'
    expect(lines).toEqual(told(lost))
  })

  it('says why it cannot reach the broker that it was given, and fails', () => {
    const { status, stderr } = user.run('start.js', { KAFKA_BROKERS: '127.0.0.1:1' })
    expect(status).toBe(1)
    expect(stderr).toContain('ConnectError (CONNECT): cannot connect to 127.0.0.1:1')
  })
})

describe('its tour', () => {
  it('needs no fault, and leaves nothing behind', async () => {
    const used = embeddedBroker({}, cluster => {
      const [bootstrap = ''] = cluster.bootstrap
      return lastValueFrom(tour(addressOf(bootstrap)).pipe(toArray())).then(lines => ({
        lines: timeless(lines.join('\n')),
        left: cluster.partitions,
      }))
    })
    expect(await lastValueFrom(used)).toEqual({ lines: told(held), left: [] })
  })

  it('finds the leader where that is another broker', async () => {
    const used = embeddedBroker({ brokers: 3 }, cluster => tour(addressOf(cluster.bootstrap[2] ?? '')).pipe(toArray()))
    expect(timeless((await lastValueFrom(used)).join('\n'))).toEqual(told(held))
  })
})

describe('an address', () => {
  it.each([
    ['localhost:9093', { host: 'localhost', port: 9093 }],
    ['localhost', { host: 'localhost', port: 9092 }],
    ['[::1]:9092', { host: '[::1]', port: 9092 }],
  ])('is read from %s', (bootstrap, address) => {
    expect(addressOf(bootstrap)).toEqual(address)
  })
})
