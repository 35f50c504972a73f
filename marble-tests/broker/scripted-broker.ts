import { asyncScheduler, EMPTY, from, map, mergeMap, type Observable, of, timer } from 'rxjs'
import * as protocol from '../../src/protocol/index.js'
import { type Script, type ScriptedTransport, scripted } from '../../src/testing/index.js'

/** A request as the other end reads it. */
export interface Asked {
  readonly api: string
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
  readonly body: Record<string, unknown>
}

/** What the other end does with a request of one API: frames to send back, and when. */
export type Answer = (asked: Asked) => Observable<Uint8Array>

/** By API name; `ApiVersions` is answered with all that there is unless something else is given. */
export type Answers = Readonly<Record<string, Answer>>

type AnyApi = protocol.Api<never, unknown, unknown, never>
const apis = [...protocol.apis.values()] as readonly AnyApi[]
const byName = new Map(apis.map(api => [api.name, api]))

/** A transport whose other end reads whole requests, as a broker does, and answers each as told. */
export function scriptedBroker(answers: Answers, script: Script = {}): ScriptedTransport {
  const all: Answers = { ApiVersions: asked => respond(asked, everyVersion), ...answers }
  return scripted({
    ...script,
    answer: bytes => from(readRequests(bytes)).pipe(mergeMap(asked => all[asked.api]?.(asked) ?? EMPTY)),
  })
}

/** The response in a frame, `delay` ms from now. */
export function respond(asked: Asked, body: object, delay = 0): Observable<Uint8Array> {
  const bytes = responseFrame(asked, body)
  return delay === 0 ? of(bytes) : timer(delay).pipe(map(() => bytes))
}

/** Answers Metadata with a, b, c as the clusterId, each `delay` ms after it came or the one before it was answered. */
export function lettersEvery(delay: number, more: object = {}): Answer {
  let count = 0
  let busyUntil = 0
  return asked => {
    const now = asyncScheduler.now()
    busyUntil = Math.max(busyUntil, now) + delay
    return respond(asked, cluster(String.fromCharCode(97 + count++), more), busyUntil - now)
  }
}

/** A Metadata response that can be told from another. */
export function cluster(clusterId: string, more: object = {}): object {
  return { throttleTimeMs: 0, brokers: [], clusterId, controllerId: 1, topics: [], errorCode: 0, ...more }
}

/** The response in a frame. */
export function responseFrame({ api: name, version, correlationId }: Asked, body: object): Buffer {
  const api = byName.get(name) as AnyApi
  const header = protocol.ResponseHeader.encode({ correlationId }, api.responseHeaderVersion(version))
  return frame(header, api.response.encode(body as never, version))
}

/** Bytes with their length before them. */
export function frame(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

/** The requests in a write: what is sent together is read together. */
export function readRequests(bytes: Buffer): Asked[] {
  const requests: Asked[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readInt32BE(at)
    requests.push(readRequest(bytes.subarray(at + 4, end)))
    at = end
  }
  return requests
}

/** What was written, write by write, as API names: `Metadata Metadata`; handshakes are left out. */
export function writes({ sent }: ScriptedTransport): Observable<string> {
  return sent.pipe(
    map(bytes => readRequests(bytes).map(({ api }) => api)),
    mergeMap(names => (names.every(name => name === 'ApiVersions') ? EMPTY : of(names.join(' ')))),
  )
}

/** All versions of all APIs. */
export const everyVersion = {
  errorCode: 0,
  apiKeys: apis.map(({ key, versions }) => ({ apiKey: key, minVersion: versions.min, maxVersion: versions.max })),
}

function readRequest(bytes: Buffer): Asked {
  const { name, request, requestHeaderVersion } = protocol.apis.get(bytes.readInt16BE(0)) as AnyApi
  const version = bytes.readInt16BE(2)
  const { value, rest } = protocol.RequestHeader.decodePrefix(bytes, requestHeaderVersion(version))
  const body = request.decode(rest, version) as Record<string, unknown>
  return { api: name, version, correlationId: value.correlationId, clientId: value.clientId, body }
}
