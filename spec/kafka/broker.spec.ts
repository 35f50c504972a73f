import { broker } from 'kafka-rx'
import { Metadata } from 'kafka-rx/protocol'
import { lastValueFrom, toArray, mergeMap, range } from 'rxjs'
import { expect, test } from 'vitest'
import { useKafka } from './harness/use-kafka.js'

const kafka = useKafka({ listeners: ['PLAINTEXT', 'SASL_PLAINTEXT'] })
test('a', async () => {
  const { nodes } = kafka()
  const r = await lastValueFrom(broker({ host: '127.0.0.1', port: nodes[0].port('PLAINTEXT') }, b => b.request(Metadata, { topics: [] })))
  console.log(r)
  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
  const r = await lastValueFrom(broker({ host: '127.0.0.1', port: nodes[0].port('SASL_PLAINTEXT'), sasl: { mechanism, username: 'alice', password: 'alice-secret' } }, b => b.request(Metadata, { topics: [] })))
    expect(r.brokers.length).toBe(1)
  }
  const s = Date.now()
  const n = await lastValueFrom(broker({ host: '127.0.0.1', port: nodes[0].port('PLAINTEXT') }, b => range(0, 20000).pipe(mergeMap(() => b.request(Metadata, { topics: [] })), toArray())))
  console.log(n.length, Date.now() - s)
  for (const port of ['PLAINTEXT', 'SASL_PLAINTEXT'] as const)
  for (const password of ['no', undefined]) {
    const sasl = password ? { mechanism: 'PLAIN', username: 'alice', password } as const : undefined
    const e = await lastValueFrom(broker({ host: '127.0.0.1', port: nodes[0].port(port), ...(sasl && {sasl}) }, b => b.request(Metadata, { topics: [] }))).catch(e => e)
    console.log(port, password, e.message)
  }
})
