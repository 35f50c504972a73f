import { Subject, takeUntil } from 'rxjs'
import { afterAll, beforeAll } from 'vitest'
import { type EmbeddedBroker, embeddedBroker } from '../../src/testing/embedded/embedded-broker.js'
import type { EmbeddedBrokerOptions } from '../../src/testing/embedded/options.js'

/**
 * An embedded broker for the file or `describe` that calls this, over TCP in this very process: started before its
 * tests, stopped after them.
 *
 * @example
 * const broker = useEmbeddedBroker({ brokers: 3 })
 * test('…', () => run('kcat', ['-L', '-b', broker().bootstrap.join()]))
 */
export function useEmbeddedBroker(options: EmbeddedBrokerOptions = {}): () => EmbeddedBroker {
  const stopped = new Subject<void>()
  let broker: EmbeddedBroker | undefined
  beforeAll(async () => {
    const running = embeddedBroker(options).pipe(takeUntil(stopped))
    broker = await new Promise<EmbeddedBroker>((resolve, reject) => {
      running.subscribe({ next: resolve, error: reject })
    })
  })
  afterAll(() => stopped.next())
  return () => {
    if (broker === undefined) throw new Error('broker() is for use inside tests and hooks')
    return broker
  }
}
