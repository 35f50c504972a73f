import { asyncScheduler, type SchedulerLike, Subscription } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  checkBoolean,
  checkBytes,
  checkFunction,
  checkInteger,
  checkLength,
  checkScheduler,
  checkTimeout,
} from '../../src/connection/check-arguments.js'
import { ArgumentError } from '../../src/errors.js'

describe('checkTimeout', () => {
  it('takes a positive number, Infinity, or nothing', () => {
    for (const timeout of [undefined, 0.5, 1, 1e12, Number.POSITIVE_INFINITY])
      expect(checkTimeout(timeout)).toBe(undefined)
  })

  it('refuses everything else', () => {
    for (const timeout of [0, -1, Number.NaN, null, '5', 5n, {}] as unknown as number[]) {
      expect(() => checkTimeout(timeout)).toThrow(ArgumentError)
    }
    expect(() => checkTimeout(0)).toThrow('timeout must be a positive number of ms, or Infinity for none; got 0')
  })
})

describe('checkInteger', () => {
  it('takes integers within the bounds, which are in', () => {
    expect(() => checkInteger('port', 1, 1, 9)).not.toThrow()
    expect(() => checkInteger('port', 9, 1, 9)).not.toThrow()
  })

  it('names what is wrong with others', () => {
    for (const port of [0, 10, 1.5, '4', Number.NaN, undefined] as unknown as number[]) {
      expect(() => checkInteger('port', port, 1, 9)).toThrow(ArgumentError)
    }
    expect(() => checkInteger('port', 1.5, 1, 9)).toThrow('port must be an integer from 1 to 9; got 1.5')
  })
})

describe('checkLength', () => {
  it('returns a length of at least so many', () => {
    expect([checkLength(0, 0), checkLength(1, 1), checkLength(Number.MAX_SAFE_INTEGER, 1)]).toEqual([0, 1, 2 ** 53 - 1])
  })

  it('says which lengths there are', () => {
    expect(() => checkLength(0, 1)).toThrow('length must be a positive integer; got 0')
    expect(() => checkLength(-1, 0)).toThrow('length must be 0 or a positive integer; got -1')
    expect(() => checkLength(2 ** 53, 0)).toThrow(ArgumentError)
  })
})

describe('checkBoolean, checkFunction', () => {
  it('name what is wrong', () => {
    for (const value of [true, false]) expect(checkBoolean('noDelay', value)).toBe(undefined)
    expect(() => checkBoolean('noDelay', 'no')).toThrow('noDelay must be true or false; got the string "no"')
    expect(() => checkFunction('use', () => {})).not.toThrow()
    expect(() => checkFunction('use', undefined)).toThrow('use must be a function; got undefined')
  })
})

describe('checkScheduler', () => {
  it('takes what has a clock and timers, or nothing', () => {
    for (const scheduler of [undefined, asyncScheduler, { now: () => 0, schedule: () => Subscription.EMPTY }])
      expect(checkScheduler(scheduler)).toBe(undefined)
  })

  it('refuses everything else', () => {
    for (const scheduler of [null, 'now', {}, { now: () => 0 }, Date] as unknown as SchedulerLike[]) {
      expect(() => checkScheduler(scheduler)).toThrow('scheduler must be a SchedulerLike of RxJS; got')
    }
  })
})

describe('checkBytes', () => {
  it('takes a Uint8Array of any kind, empty too', () => {
    expect(() => [Buffer.alloc(0), new Uint8Array(2)].forEach(checkBytes)).not.toThrow()
  })

  it('refuses what looks like one', () => {
    for (const bytes of ['abc', [1], new ArrayBuffer(1), new Uint16Array(1), new DataView(new ArrayBuffer(1)), null]) {
      expect(() => checkBytes(bytes)).toThrow(ArgumentError)
    }
  })
})
