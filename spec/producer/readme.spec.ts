import { map } from 'rxjs'
import { expect, it } from 'vitest'
import { Kafka } from '../../src/kafka.js'
import { byteMarbles, embeddedBroker } from '../../src/testing/index.js'

it('runs in virtual time', () => {
  byteMarbles((a, b) => expect(a).toEqual(b))(({ expectObservable }) => {
    const sent = embeddedBroker({ listen: false }, ({ bootstrap, transport, fault, records }) => {
      const kafka = new Kafka({ bootstrap, transport })
      fault({ api: 'Produce', error: 'NOT_ENOUGH_REPLICAS' })
      return kafka
        .producer()
        .send({ topic: 'words', value: 'hi' })
        .pipe(map(() => String(records('words', 0)[0]?.value)))
    })
    expectObservable(sent).toBe('100ms (a|)', { a: 'hi' })
  })
})
