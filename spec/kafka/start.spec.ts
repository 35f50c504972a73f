import { afterAll, beforeAll, expect, test } from 'vitest'
import { held, startExample, timeless, told } from '../start-example.js'
import type { UserProject } from '../user-project.js'
import { useKafka } from './harness/use-kafka.js'

const kafka = useKafka({ nodes: 3 })
let user: UserProject

beforeAll(() => {
  user = startExample()
}, 60_000)
afterAll(() => user?.remove())

test('`npm start` with KAFKA_BROKERS does on a real cluster what it does on its own', () => {
  const brokers = kafka().bootstrap.join(',')
  const { status, stderr, stdout } = user.run('start.js', { KAFKA_BROKERS: brokers })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const [heading, ...lines] = timeless(stdout)
  expect(heading).toBe('On HOST:PORT')
  expect(lines).toEqual(told(held))
})
