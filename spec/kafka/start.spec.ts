import { lastValueFrom, toArray } from 'rxjs'
import { expect, test } from 'vitest'
import { apiVersions } from '../../examples/api-versions.js'
import { useKafka } from './harness/use-kafka.js'

const kafka = useKafka()

test('the example that `npm start` runs with KAFKA_BROKERS prints what the broker supports', async () => {
  const broker = kafka().bootstrap[0] as string
  const [heading, ...apis] = await lastValueFrom(apiVersions(broker).pipe(toArray()))
  expect(heading).toMatch(new RegExp(`^${broker} answered in \\d+ bytes, error 0, with ${apis.length} APIs:$`))
  expect(apis).toContain('  api 18: versions 0 to 4')
})
