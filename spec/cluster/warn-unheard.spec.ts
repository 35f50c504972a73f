import { once } from 'node:events'
import { expect, it } from 'vitest'
import { Events } from '../../src/cluster/events.js'
import { warnUnheard } from '../../src/cluster/warn-unheard.js'

it('warns where nobody listens to events, and nowhere else', async () => {
  const warned = once(process, 'warning')
  const heard = new Events()
  heard.stream.subscribe()
  warnUnheard(heard, 'heard', 'KAFKA_TEST')
  warnUnheard(new Events(), 'not heard', 'KAFKA_TEST')
  expect(await warned).toMatchObject([{ name: 'KafkaWarning', message: 'not heard', code: 'KAFKA_TEST' }])
})
