import { tap, VirtualTimeScheduler } from 'rxjs'
import { expect, it } from 'vitest'
import { broker } from '../../../src/index.js'
import { Metadata } from '../../../src/protocol/index.js'
import { embeddedBroker } from '../../../src/testing/index.js'

it('serves a client whole inside one flush of a VirtualTimeScheduler', () => {
  const scheduler = new VirtualTimeScheduler()
  const names: (string | null)[] = []
  embeddedBroker({ listen: false, topics: { orders: 1 }, scheduler }, ({ brokers: [{ host, port }], transport }) =>
    broker({ host, port, transport, scheduler }, kafka => kafka.request(Metadata, { topics: null })).pipe(
      tap(({ topics }) => names.push(...topics.map(({ name }) => name))),
    ),
  ).subscribe()
  scheduler.flush()
  expect(names).toEqual(['orders'])
})
