import { createRequire } from 'node:module'
import { afterEach, beforeEach } from 'vitest'

// Vitest loads this before every marble test. A diagram that a real timer or socket helped to pass would pass or fail
// with the machine's load, so both throw while a test runs: at the call, where the stack names the culprit.

const require = createRequire(import.meta.url)

/** What no marble test may reach: where it is held, and its name there. */
const real: readonly (readonly [holder: object, name: string])[] = [
  [globalThis, 'setTimeout'],
  [globalThis, 'setInterval'],
  [globalThis, 'setImmediate'],
  [require('node:net').Socket.prototype, 'connect'],
  [require('node:net').Server.prototype, 'listen'],
  [require('node:dns'), 'lookup'],
]

const originals = real.map(([holder, name]) => Object.getOwnPropertyDescriptor(holder, name))

beforeEach(() => {
  for (const [holder, name] of real) {
    Object.defineProperty(holder, name, {
      configurable: true,
      writable: true,
      value: () => {
        throw new Error(`${name}() in a marble test: use the TestScheduler's time and a scripted transport`)
      },
    })
  }
})

afterEach(() => {
  real.forEach(([holder, name], index) => {
    Object.defineProperty(holder, name, originals[index] ?? {})
  })
})
