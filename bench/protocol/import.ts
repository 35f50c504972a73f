import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Bench, Stopwatch } from '../harness/bench.js'

/** Importing all of kafka-rx/protocol where nothing of it has been loaded: 20 a second is 50 ms. */
export const benches: readonly Bench[] = [
  {
    name: 'import kafka-rx/protocol (20 imports/s is 50 ms)',
    unit: 'imports/s',
    prepare: () => ({ subject: importInWorker }),
  },
]

const program = `
import { parentPort } from 'node:worker_threads'
parentPort.once('message', async url => {
  const { apis } = await import(url)
  parentPort.postMessage(apis.size)
})
parentPort.postMessage('ready')
`

async function importInWorker(watch: Stopwatch): Promise<number> {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`))
  await once(worker, 'message')
  watch.start()
  worker.postMessage(import.meta.resolve('kafka-rx/protocol'))
  const [apis] = await once(worker, 'message')
  watch.stop()
  await worker.terminate()
  if (apis !== 77) throw new Error(`${apis} APIs were imported`)
  return 1
}
