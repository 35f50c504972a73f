import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { concat, lastValueFrom, NEVER, of, repeat, take } from 'rxjs'
import { expect, it } from 'vitest'
import { open, receive } from '../../src/connection/index.js'
import { scripted } from '../../src/testing/index.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Whether the object is let go once all that could be done has been. */
async function isLetGo(object: WeakRef<object>): Promise<boolean> {
  for (let n = 0; n < 20 && object.deref() !== undefined; n++) {
    await new Promise(resolve => setImmediate(resolve))
    collectGarbage()
  }
  return object.deref() === undefined
}

const host = 'broker'

it('an open connection keeps nothing of reads that have ended, their deadlines included', async () => {
  const reads = 20_000
  const incoming = concat(of(Buffer.alloc(2 * reads)), NEVER)
  const connection = await open({ host, transport: scripted({ incoming }) })
  const readMany = () => lastValueFrom(connection.pipe(receive(1), take(1), repeat(reads)))
  const used = () => {
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  await readMany()
  const before = used()
  await readMany()
  // Each is more than 50 bytes, if anything of it is kept.
  expect(used() - before).toBeLessThan(50 * reads)
  connection.close()
})

it('a closed connection keeps nothing of what was held for readers', async () => {
  const held = { chunk: Buffer.alloc(1024) as Buffer | undefined }
  const chunk = new WeakRef(held.chunk as Buffer)
  const connection = await open({ host, transport: scripted() })
  connection.unread(held.chunk as Buffer)
  held.chunk = undefined
  expect(await isLetGo(chunk)).toBe(false)
  connection.close()
  expect(await isLetGo(chunk)).toBe(true)
  expect(connection.closed).toBe(true)
})
