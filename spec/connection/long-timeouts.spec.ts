import { asyncScheduler, NEVER, type SchedulerAction, type SchedulerLike } from 'rxjs'
import { expect, it } from 'vitest'
import { connect, open, receive } from '../../src/connection/index.js'
import { scripted } from '../../src/testing/index.js'

/** asyncScheduler, and the delays it was asked for: node fires at once what is to wait for more than 2 ** 31 - 1 ms. */
function watched() {
  const delays: number[] = []
  const scheduler: SchedulerLike = {
    now: () => asyncScheduler.now(),
    schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T) => {
      delays.push(delay)
      return asyncScheduler.schedule(work, delay, state)
    },
  }
  return { delays, scheduler }
}

it('a timeout may be longer than a timer is: to connect, to read, to write and to dispose of', async () => {
  const { delays, scheduler } = watched()
  const timeout = 2 ** 40
  const transport = scripted({ write: NEVER })
  const subscription = connect({
    host: 'broker',
    timeout,
    scheduler,
    transport: scripted({ connect: NEVER }),
  }).subscribe()
  const connection = await open({ host: 'broker', timeout, scheduler, transport })
  connection.pipe(receive(1)).subscribe({ error: () => {} })
  connection.write(Buffer.from('a')).subscribe({ error: () => {} })
  const disposed = connection[Symbol.asyncDispose]()
  expect(delays).not.toEqual([])
  expect(Math.max(...delays)).toBe(2 ** 31 - 1)
  subscription.unsubscribe()
  connection.close()
  await disposed
})
