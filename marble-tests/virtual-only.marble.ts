import * as net from 'node:net'
import { of, timer } from 'rxjs'
import { delay } from 'rxjs/operators'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'

describe('a marble test', () => {
  it('runs in virtual time', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
      expectObservable(of('x').pipe(delay(3_600_000))).toBe('60m (x|)')
    })
  })

  it('cannot wait for a real timer', () => {
    expect(() => timer(1).subscribe()).toThrow('in a marble test')
  })

  it('cannot open a real socket', () => {
    expect(() => net.connect(9, '127.0.0.1')).toThrow('connect() in a marble test')
    expect(() => net.createServer().listen(0)).toThrow('listen() in a marble test')
  })
})
