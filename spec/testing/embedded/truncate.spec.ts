import { expect, it } from 'vitest'
import { Log } from '../../../src/testing/embedded/log.js'
import { bytesOf } from '../../consumer/fetched.js'

it('loses whole batches from an offset on, and the epochs that only they had', () => {
  const log = new Log()
  log.beginEpoch(0)
  log.append(bytesOf([{ offsets: [0, 1] }]))
  log.append(bytesOf([{ offsets: [2, 3] }]))
  const size = log.sizeInBytes
  log.beginEpoch(4)
  log.append(bytesOf([{ offsets: [4] }]))
  log.truncate(9n)
  expect(log.endOffset).toBe(5n)
  log.truncate(3n)
  expect([log.endOffset, log.sizeInBytes, log.available(0n, 9n)]).toEqual([2n, size / 2, size / 2])
  log.beginEpoch(5)
  log.append(bytesOf([{ offsets: [2] }]))
  expect([log.endOfEpoch(0), log.endOfEpoch(4), log.epochAt(2n)]).toEqual([
    { epoch: 0, endOffset: 2n },
    { epoch: 0, endOffset: 2n },
    5,
  ])
})
