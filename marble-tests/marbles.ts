import { Socket } from 'node:net'
import { map, type Observable, type ObservableInput, type Subject } from 'rxjs'
import { expect } from 'vitest'
import { type Connection, type ConnectOptions, connect, type Transport } from '../src/connection/index.js'
import { byteMarbles, type Script, scripted } from '../src/testing/index.js'

const inVirtualTime = byteMarbles((actual, expected) => expect(actual).toEqual(expected))

/** A marble test. In it time is virtual: a real timer or socket that is touched fails it. */
export const marbles: typeof inVirtualTime = test => {
  const restore = [
    forbid(globalThis, 'setTimeout'),
    forbid(globalThis, 'setInterval'),
    forbid(globalThis, 'setImmediate'),
    forbid(Socket.prototype, 'connect'),
  ]
  try {
    return inVirtualTime(test)
  } finally {
    for (const undo of restore) undo()
  }
}

/** What `use` makes of a connection whose peer follows the script. */
export function over<R>(
  script: Script | Transport,
  use: (connection: Connection) => ObservableInput<R>,
  options: Partial<ConnectOptions> = {},
): Observable<R> {
  const transport = typeof script === 'function' ? script : scripted(script)
  return connect({ host: 'broker', transport, ...options }, use)
}

function forbid<T extends object>(owner: T, name: keyof T): () => void {
  const real = owner[name]
  const forbidden = () => {
    throw new Error(`${String(name)} was called in a marble test`)
  }
  owner[name] = forbidden as T[keyof T]
  return () => {
    owner[name] = real
  }
}

/** The transport, and in `fin` an `F` whenever a connection over it sends FIN. */
export function tellingFin(transport: Transport, fin: Subject<string>): Transport {
  return endpoint => transport(endpoint).pipe(map(channel => ({ ...channel, end: () => fin.next('F') })))
}
