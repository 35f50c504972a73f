import { map } from 'rxjs'
import { expect, it } from 'vitest'
import { scriptedBroker } from '../../marble-tests/broker/scripted-broker.js'
import { type Broker, broker, type Transport } from '../../src/index.js'

it('lets go of the process and holds it again, as its socket does', async () => {
  let holds = true
  const hold = (it: boolean) => () => {
    holds = it
  }
  const transport: Transport = endpoint =>
    scriptedBroker({})(endpoint).pipe(map(channel => Object.assign(channel, { ref: hold(true), unref: hold(false) })))
  const kafka = await new Promise<Broker>(resolve => {
    broker({ host: 'broker', transport }).subscribe(resolve)
  })
  kafka.unref()
  expect(holds).toBe(false)
  kafka.ref()
  expect(holds).toBe(true)
})
