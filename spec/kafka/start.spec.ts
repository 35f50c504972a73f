import { afterAll, beforeAll, expect, test } from 'vitest'
import { goodEnd, startExample, timeless } from '../start-example.js'
import type { UserProject } from '../user-project.js'
import { useKafka } from './harness/use-kafka.js'

const kafka = useKafka({ nodes: 3 })
let user: UserProject

beforeAll(() => {
  user = startExample()
}, 60_000)
afterAll(() => user?.remove())

test('`npm start` with KAFKA_BROKERS produces to a topic of its own on a real cluster, and a group bills all of it', () => {
  const brokers = kafka().bootstrap.join(',')
  const { status, stderr, stdout } = user.run('start.js', { KAFKA_BROKERS: brokers })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const [heading, created, ...lines] = timeless(stdout)
  expect(heading).toContain(`The Kafka at ${brokers}`)
  expect(created).toContain('created TOPIC; Ann and Bob')
  expect(lines.slice(-goodEnd.length)).toEqual(goodEnd)
})
