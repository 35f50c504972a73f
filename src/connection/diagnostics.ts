import { channel } from 'node:diagnostics_channel'
import { debuglog } from 'node:util'
import { hexdump } from './hexdump.js'

/** What is published on the channel `kafka-rx:connection:<event>` of node:diagnostics_channel. */
export interface ConnectionEvent {
  readonly host: string
  readonly port: number
  /** This machine's port, once there is one: it tells two connections to one broker apart. */
  readonly localPort?: number
  /** How many bytes were read or written; never the bytes themselves. */
  readonly bytes?: number
  readonly error?: unknown
}

type EventName = 'connecting' | 'connected' | 'read' | 'written' | 'end' | 'closed' | 'failed'

const events = debuglog('kafka-rx')
const dumps = debuglog('kafka-rx:bytes')
/** NODE_DEBUG is read once, when node starts. */
const logged = events.enabled || dumps.enabled
const channels = {
  connecting: channel('kafka-rx:connection:connecting'),
  connected: channel('kafka-rx:connection:connected'),
  read: channel('kafka-rx:connection:read'),
  written: channel('kafka-rx:connection:written'),
  end: channel('kafka-rx:connection:end'),
  closed: channel('kafka-rx:connection:closed'),
  failed: channel('kafka-rx:connection:failed'),
}

/** Whether anybody listens, here so that what would be told is not even made when nobody does. */
export function isTraced(name: EventName): boolean {
  return logged || channels[name].hasSubscribers
}

/** Tells NODE_DEBUG=kafka-rx, NODE_DEBUG=kafka-rx:bytes (which alone shows `data`) and diagnostics_channel. */
export function trace(name: EventName, event: ConnectionEvent, data: readonly Uint8Array[] = []): void {
  channels[name].publish(event)
  const log = events.enabled ? events : dumps
  if (!log.enabled) return
  const { host, port, localPort, bytes, error } = event
  const local = localPort === undefined ? '' : ` (local port ${localPort})`
  const count = bytes === undefined ? '' : ` ${bytes} bytes`
  log('%s:%d%s %s%s%s', host, port, local, name, count, error === undefined ? '' : `: ${error}`)
  if (dumps.enabled) for (const part of data) dumps('%s', `\n${hexdump(part)}`)
}
