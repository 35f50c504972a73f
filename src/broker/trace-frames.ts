import { channel } from 'node:diagnostics_channel'
import { debuglog } from 'node:util'
import { hexdump } from '../connection/hexdump.js'
import { frameRequests } from './frame-requests.js'
import type { Request } from './request.js'

/** What is published on the channels `kafka-rx:broker:request` and `kafka-rx:broker:response` of diagnostics_channel. */
export interface FrameEvent {
  readonly host: string
  readonly port: number
  /** This machine's port: it tells two connections to one broker apart. */
  readonly localPort: number
  /** As Kafka names it: `Metadata`. */
  readonly api: string
  readonly version: number
  readonly correlationId: number
  /** The length of the frame; never its bytes. */
  readonly bytes: number
}

/** One end of a connection, as events name it. */
export type Place = Pick<FrameEvent, 'host' | 'port' | 'localPort'>

const events = debuglog('kafka-rx')
const dumps = debuglog('kafka-rx:bytes')
/** NODE_DEBUG is read once, when node starts. */
const logged = events.enabled || dumps.enabled
const channels = {
  request: channel('kafka-rx:broker:request'),
  response: channel('kafka-rx:broker:response'),
}

/** Tells NODE_DEBUG=kafka-rx, its `:bytes`, and diagnostics_channel what is sent; nothing where nobody listens. */
export function traceRequests(batch: readonly Request[], place: Place): void {
  if (!logged && !channels.request.hasSubscribers) return
  for (const request of batch) trace('request', request, place, request.size, () => frameRequests([request]))
}

/** The same of an answer, and of the request that it belongs to. */
export function traceResponse(request: Request, frame: Buffer, place: Place): void {
  if (!logged && !channels.response.hasSubscribers) return
  trace('response', request, place, frame.length, () => [frame])
}

function trace(
  name: keyof typeof channels,
  { route, correlationId }: Request,
  { host, port, localPort }: Place,
  bytes: number,
  parts: () => readonly Buffer[],
): void {
  const { api, version, facts } = route
  channels[name].publish({ host, port, localPort, api: api.name, version, correlationId, bytes } satisfies FrameEvent)
  const log = events.enabled ? events : dumps
  if (!log.enabled) return
  const which = `${name} ${api.name} v${version} #${correlationId}`
  log('%s:%d (local port %d) %s %d bytes', host, port, localPort, which, bytes)
  if (!dumps.enabled) return
  if (facts.secret) dumps('%d secret bytes', bytes)
  else for (const part of parts()) dumps('%s', `\n${hexdump(part)}`)
}
