import { map, type Observable, type ObservableInput, type Subject } from 'rxjs'
import { expect } from 'vitest'
import { type Connection, type ConnectOptions, connect, type Transport } from '../src/connection/index.js'
import { byteMarbles, type Script, scripted } from '../src/testing/index.js'

/** A marble test: `byteMarbles` with vitest's comparison. */
export const marbles = byteMarbles((actual, expected) => expect(actual).toEqual(expected))

/** What `use` makes of a connection whose peer follows the script. */
export function over<R>(
  script: Script | Transport,
  use: (connection: Connection) => ObservableInput<R>,
  options: Partial<ConnectOptions> = {},
): Observable<R> {
  const transport = typeof script === 'function' ? script : scripted(script)
  return connect({ host: 'broker', transport, ...options }, use)
}

/** The transport, and in `fin` an `F` whenever a connection over it sends FIN. */
export function tellingFin(transport: Transport, fin: Subject<string>): Transport {
  return endpoint => transport(endpoint).pipe(map(channel => ({ ...channel, end: () => fin.next('F') })))
}
