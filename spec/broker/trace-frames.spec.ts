import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { lastValueFrom } from 'rxjs'
import { expect, it, onTestFinished } from 'vitest'
import { cluster, respond, scriptedBroker } from '../../marble-tests/broker/scripted-broker.js'
import { broker } from '../../src/index.js'
import { ApiVersions, Metadata } from '../../src/protocol/index.js'

it('tells diagnostics_channel of each request and response by the name of its API, and of no bytes', async () => {
  const seen: unknown[] = []
  for (const name of ['request', 'response']) {
    const channel = `kafka-rx:broker:${name}`
    const note = (event: unknown) => seen.push([name, event])
    subscribe(channel, note)
    onTestFinished(() => {
      unsubscribe(channel, note)
    })
  }
  const transport = scriptedBroker({ Metadata: asked => respond(asked, cluster('a')) })
  await lastValueFrom(broker({ host: 'broker', transport }, kafka => kafka.request(Metadata, { topics: null })))
  const place = { host: 'broker', port: 9092, localPort: expect.any(Number), bytes: expect.any(Number) }
  const [first, second] = [
    { ...place, api: 'ApiVersions', version: ApiVersions.versions.stable, correlationId: 0 },
    { ...place, api: 'Metadata', version: Metadata.versions.stable, correlationId: 1 },
  ]
  expect(seen).toEqual([
    ['request', first],
    ['response', first],
    ['request', second],
    ['response', second],
  ])
})
