import { checkOptions, describe, type OptionNames } from '../errors/check-options.js'
import { ArgumentError } from '../errors.js'
import { connect } from './connect.js'
import { type ConnectOptions, connectOptionNames } from './connect-options.js'
import type { Connection } from './connection.js'

/** Options of {@link open}. */
export interface OpenOptions extends ConnectOptions {
  /** Aborted while opening, `open` rejects with its reason; aborted later, the connection is closed. */
  readonly signal?: AbortSignal | undefined
}

const names: OptionNames<OpenOptions> = { ...connectOptionNames, signal: true }

/**
 * Opens a connection that stays open until it is closed: {@link connect} for `async` code.
 *
 * What fails later is told to readers and writers; `await using` flushes and closes at the end of the block.
 *
 * @param options  those of {@link connect}, and `signal`
 * Rejects with {@link ArgumentError} when an option cannot be right, with {@link ConnectError} when it cannot connect,
 * with the signal's reason when aborted.
 *
 * @example
 * await using connection = await open({ host: 'localhost' })
 * connection.send.next(request)
 * const header = await firstValueFrom(connection.pipe(receive(4)))
 */
export async function open(options: OpenOptions): Promise<Connection> {
  checkOptions(options, names, 'open()')
  const { signal, ...rest } = options
  const opening = connect(rest)
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new ArgumentError(`signal must be an AbortSignal; got ${describe(signal)}`)
  }
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const subscription = opening.subscribe({ next: resolve, error: reject })
    const abort = () => {
      subscription.unsubscribe()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
    subscription.add(() => signal?.removeEventListener('abort', abort))
  })
}
