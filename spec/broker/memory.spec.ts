import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defer, EMPTY, Observable, type Subscriber } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { everyVersion, readRequests, responseFrame } from '../../marble-tests/broker/scripted-broker.js'
import { BacklogError, type Broker, broker, type Transport } from '../../src/index.js'
import { Produce } from '../../src/protocol/index.js'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void
const MIB = 1024 * 1024

/** A megabyte that only the request holds. */
const produce = () => ({
  transactionalId: null,
  acks: 1,
  timeoutMs: 1000,
  topicData: [{ name: 'orders', partitionData: [{ index: 0, records: Buffer.alloc(MIB, 1) }] }],
})

describe('requests hold their bytes', () => {
  it('until they are written, not until they are answered', async () => {
    await using held = await holding(silent())
    for (let n = 0; n < 80; n++) held.kafka.request(Produce, produce(), { version: 12 }).subscribe({ error: () => {} })
    await written(held.kafka)
    expect(await held.grown()).toBeLessThan(10)
  })

  it('once, as they were given: while they wait nothing is encoded', async () => {
    await using held = await holding(silent(), { maxInFlight: 1 })
    const body = produce()
    for (let n = 0; n < 80; n++) held.kafka.request(Produce, body, { version: 12 }).subscribe({ error: () => {} })
    expect(held.kafka.queuedBytes).toBeGreaterThan(80 * MIB)
    expect(await held.grown()).toBeLessThan(10)
  })

  it('of no more than maxQueuedBytes: of 300 x 1 MiB at a limit of 2 MiB all others fail at once, unsent', async () => {
    await using held = await holding(silent(), { maxQueuedBytes: 2 * MIB })
    const errors: unknown[] = []
    for (let n = 0; n < 300; n++) {
      held.kafka.request(Produce, produce(), { version: 12 }).subscribe({ error: error => errors.push(error) })
    }
    expect(held.kafka.queuedBytes).toBeLessThan(2 * MIB)
    await written(held.kafka)
    expect(errors).toHaveLength(299)
    for (const error of errors) {
      expect(error).toBeInstanceOf(BacklogError)
      expect(error).toMatchObject({ outcome: 'unsent', retriable: true })
    }
    expect(await held.grown()).toBeLessThan(10)
  })
})

/** An open broker, and by how many MiB memory has grown since. */
async function holding(transport: Transport, options = {}) {
  let kafka: Broker | undefined
  const opened = broker({ host: 'broker', transport, ...options }).subscribe(it => {
    kafka = it
  })
  await new Promise(resolve => setImmediate(resolve))
  const memory = async () => {
    // What buffers held is swept after the collection.
    for (let n = 0; n < 3; n++) {
      gc()
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return (heapUsed + arrayBuffers) / MIB
  }
  const before = await memory()
  return {
    kafka: kafka as Broker,
    grown: async () => (await memory()) - before,
    [Symbol.asyncDispose]: async () => opened.unsubscribe(),
  }
}

/** Once nothing waits. */
async function written(kafka: Broker): Promise<void> {
  while (kafka.queuedBytes > 0) await new Promise(resolve => setImmediate(resolve))
  await new Promise(resolve => setImmediate(resolve))
}

/** Takes all that is written, keeps nothing of it, and answers ApiVersions alone. */
function silent(): Transport {
  return () =>
    new Observable(transport => {
      let reader: Subscriber<Buffer> | undefined
      let isOpen = false
      transport.next({
        incoming: new Observable(subscriber => {
          reader = subscriber
        }),
        write: buffers =>
          defer(() => {
            if (isOpen) return EMPTY
            isOpen = true
            const [asked] = readRequests(Buffer.concat(buffers))
            if (asked !== undefined) reader?.next(responseFrame(asked, everyVersion))
            return EMPTY
          }),
        end: () => {},
        ioTurn: EMPTY,
        remoteAddress: 'here',
        remotePort: 1,
        localAddress: 'here',
        localPort: 2,
      })
    })
}
