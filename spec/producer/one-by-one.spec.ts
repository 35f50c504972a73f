import { concat, concatMap, defer, delay, observeOn, range } from 'rxjs'
import { expect, it, vi } from 'vitest'
import { afterwards, lives } from './virtual-producer.js'

it('who sends a record a little after the last was delivered finds connection and topic still there', () => {
  const told = lives({ topics: { a: 1 } }, ({ producer, sender, scheduler }) => {
    const borrowing = vi.spyOn(sender.cluster, 'connection')
    const watching = vi.spyOn(sender.cluster.metadata, 'watch')
    const oneByOne = range(0, 100).pipe(
      // As an async function around it that is awaited.
      concatMap(n => producer.send({ topic: 'a', value: String(n) }).pipe(observeOn(scheduler), observeOn(scheduler))),
      afterwards(() => {
        expect(borrowing).toHaveBeenCalledTimes(1)
        expect(watching).toHaveBeenCalledTimes(1)
      }),
    )
    const later = defer(() => producer.send({ topic: 'a', value: 'later' })).pipe(
      delay(0, scheduler),
      afterwards(() => expect(borrowing).toHaveBeenCalledTimes(2)),
    )
    return concat(oneByOne, concat(defer(() => [undefined]).pipe(delay(10, scheduler)), later))
  })
  expect(told.length).toBe(103)
})
