import { firstValueFrom, type Observable } from 'rxjs'
import { beforeAll, expect, it } from 'vitest'
import { cluster, respond, scriptedBroker } from '../../marble-tests/broker/scripted-broker.js'
import { ArgumentError, type Broker, broker, ProtocolError, UnsupportedVersionError } from '../../src/index.js'
import { Metadata, Produce } from '../../src/protocol/index.js'

let kafka: Broker
beforeAll(async () => {
  const transport = scriptedBroker({ Metadata: asked => respond(asked, cluster('a')) })
  kafka = await new Promise(resolve => {
    broker({ host: 'broker', transport }).subscribe(resolve)
  })
})

it.each([undefined, null, 'Metadata', {}, Metadata.request])('refuses %o, which is no API, at the call', api => {
  expect(() => kafka.request(api as never, {} as never)).toThrow(ArgumentError)
  expect(() => kafka.request(api as never, {} as never)).toThrow(
    'api must be one of kafka-rx/protocol, as Metadata; got',
  )
})

it.each([1.5, Number.NaN, '3', null])('refuses the version %o at the call', version => {
  const call = () => kafka.request(Metadata, { topics: [] }, { version: version as number })
  expect(call).toThrow(ArgumentError)
  expect(call).toThrow('version must be an integer; got')
})

it.each([0, -1, Number.NaN, '5', null])('refuses the timeout %o at the call', timeout => {
  const call = () => kafka.request(Metadata, { topics: [] }, { timeout: timeout as number })
  expect(call).toThrow(ArgumentError)
})

it.each([-1, 14])('refuses the version %i, which nobody knows, unsent', async version => {
  const failed = await failure(() => kafka.request(Metadata, { topics: [] }, { version }))
  expect(failed).toBeInstanceOf(UnsupportedVersionError)
  expect(failed).toMatchObject({ outcome: 'unsent' })
})

it.each([Metadata, Produce])('refuses what is no body of $name, unsent, as a failure of the request', async api => {
  for (const body of [undefined, null, 'topics', 7]) {
    const failed = await failure(() => kafka.request(api as typeof Metadata, body as never))
    expect(failed).toBeInstanceOf(ProtocolError)
    expect(failed).toMatchObject({ outcome: 'unsent' })
  }
  expect(await firstValueFrom(kafka.request(Metadata, { topics: [] }))).toMatchObject({ clusterId: 'a' })
})

async function failure(ask: () => Observable<unknown>): Promise<unknown> {
  return firstValueFrom(ask()).then(
    () => undefined,
    (error: unknown) => error,
  )
}
