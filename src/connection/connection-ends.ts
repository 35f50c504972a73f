import { ClosedError, ConnectionError, type KafkaError, type Outcome, SendTimeoutError } from '../errors.js'

// What readers and writers are told when a connection ends, or its sending half; `peer` is host:port, `outcome` a write's.

/** How it was closed here: by its own method. */
export const BY_CLOSE = 'by close()'
/** How it was closed here: nobody is subscribed to what opened it. */
export const BY_UNSUBSCRIBING =
  'by unsubscribing from what opened it, as `firstValueFrom`, `take(1)`, an aborted signal and the end of `use` do: stay inside `use`, or take `open()`'

/** It was closed here, one way or the other. */
export function closedHere(peer: string, by: string, outcome?: Outcome): ClosedError {
  return new ClosedError(`the connection to ${peer} was closed here, ${by}`, outcome && { outcome })
}

/** The peer has sent FIN, and all that was queued before is written. */
export function closedByPeer(peer: string, outcome: Outcome): ClosedError {
  return new ClosedError(`${peer} has closed the connection`, { outcome })
}

/** The sending half alone has ended. */
export function sendHasCompleted(peer: string, outcome: Outcome): ClosedError {
  return new ClosedError(`nothing more can be written to ${peer}: send has completed`, { outcome })
}

/** The peer has sent FIN, and takes nothing of what is queued. */
export function notFlushed(peer: string, timeout: number): SendTimeoutError {
  const slow = `what was queued could not be flushed within ${timeout} ms to ${peer}, which had closed its side`
  return new SendTimeoutError(slow, { started: true })
}

/** The socket has failed, or what used it. */
export function failed(peer: string, why: string, cause: unknown): ConnectionError {
  return new ConnectionError(`the connection to ${peer} failed: ${why}`, { cause, outcome: 'unknown' })
}

/** The same for a writer: what the connection failed with, with the outcome of this write where that is another. */
export function lost(error: KafkaError, outcome: Outcome): KafkaError {
  if (outcome === error.outcome) return error
  const fate = outcome === 'unsent' ? 'this write was not sent' : 'this write had begun'
  return new ConnectionError(`${error.message} (${fate})`, { cause: error.cause ?? error, outcome })
}
