import { describe, expect, test } from 'vitest'
import type { Delivery, Undelivered } from '../../src/producer/delivery.js'
import { Account } from './account.js'
import type { JavaRecord } from './java-records.js'

const at = (offset: number, value: string): JavaRecord => {
  const rest = { partition: 0, timestamp: 0n, key: null, headers: [] }
  return { ...rest, offset: BigInt(offset), value: Buffer.from(value) }
}
const delivered = (offset: number) => ({ partition: 0, offset: BigInt(offset) }) as Delivery
const ended = (outcome: string) => ({ error: { outcome } }) as Undelivered

/** What is wrong with three records of which that was told, in this order, and which the log has so. */
function audit(told: readonly (readonly [number, Delivery | Undelivered])[], log: readonly JavaRecord[]): string[] {
  const account = new Account('x')
  for (let i = 0; i < 3; i++) account.next()
  for (const [number, result] of told) account.tell(number, result)
  account.audit(log)
  return account.breaches
}

describe('an account', () => {
  const all = [
    [0, delivered(0)],
    [1, delivered(1)],
    [2, delivered(2)],
  ] as const
  const inLog = ['x 0', 'x 1', 'x 2'].map((value, offset) => at(offset, value))

  test('is in order when all is as it was told', () => {
    expect(audit(all, inLog)).toEqual([])
  })

  test('knows no offset of what the broker had already', () => {
    expect(audit([...all.slice(0, 2), [2, delivered(-1)]], inLog)).toEqual([])
  })

  test('lets what is unknown be there, or not', () => {
    expect(audit([...all.slice(0, 2), [2, ended('unknown')]], inLog)).toEqual([])
    expect(audit([...all.slice(0, 2), [2, ended('unknown')]], inLog.slice(0, 2))).toEqual([])
  })

  test.each([
    ['is lost', all, inLog.slice(0, 2), ['x 2 was told at 0:2 and is not there']],
    ['is doubled', all, [...inLog, at(3, 'x 2')], ['x 2, at 0:3, is there twice', 'x 2, at 0:3, was told at 0:2']],
    [
      'stands out of order',
      all,
      [at(0, 'x 1'), at(1, 'x 0'), at(2, 'x 2')],
      ['x 1, at 0:0, was told at 0:1', 'x 0, at 0:1, stands behind 1', 'x 0, at 0:1, was told at 0:0'],
    ],
    ['was told out of order', [all[1], all[0], all[2]], inLog, ['x 0 was told late']],
    ['was told twice', [...all, all[2]], inLog, ['x 2 was told twice']],
    ['was never told', all.slice(0, 2), inLog, ['nothing was told of x 2']],
    ['was told unsent', [...all.slice(0, 2), [2, ended('unsent')] as const], inLog, ['x 2, at 0:2, was told unsent']],
    [
      'was told rejected',
      [...all.slice(0, 2), [2, ended('rejected')] as const],
      inLog,
      ['x 2, at 0:2, was told rejected'],
    ],
  ] as const)('finds one that %s', (_, told, log, breaches) => {
    expect(audit(told, log)).toEqual(breaches)
  })
})
