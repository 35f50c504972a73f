import { connect as connectSocket } from 'node:net'
import { expect, it } from 'vitest'
import { connect, tcp } from '../src/connection/index.js'
import { marbles } from './marbles.js'

it('fails a marble test that touches a real timer', () => {
  const timers = [() => setTimeout(() => {}), () => setInterval(() => {}), () => setImmediate(() => {})]
  for (const timer of timers) expect(() => marbles(() => timer())).toThrow('was called in a marble test')
})

it('fails a marble test that touches a real socket', () => {
  expect(() => marbles(() => connectSocket(1))).toThrow('was called in a marble test')
  const connection = connect({ host: '127.0.0.1', port: 1, transport: tcp() })
  expect(() => marbles(({ expectObservable }) => expectObservable(connection).toBe('-'))).toThrow()
})

it('gives the timers back afterwards', () => {
  const { setTimeout: real } = globalThis
  expect(() => marbles(() => setTimeout(() => {}))).toThrow()
  marbles(() => {})
  expect(globalThis.setTimeout).toBe(real)
})
