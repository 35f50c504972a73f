import { setTimeout as sleep } from 'node:timers/promises'

import { RequestHeader, ResponseHeader } from '../../src/protocol/index.js'
import { exchange } from './harness/exchange.js'

/** What asking needs of an API. */
interface Asked<Q, R> {
  readonly key: number
  readonly request: { readonly encode: (value: Q, version: number) => Buffer }
  readonly response: { readonly decode: (bytes: Uint8Array, version: number) => R }
  requestHeaderVersion(version: number): number
  responseHeaderVersion(version: number): number
}

/** Asks a broker one thing, over a connection of its own. */
export async function ask<Q, R>(port: number, api: Asked<Q, R>, body: Q, version: number): Promise<R> {
  const requestHeader = { requestApiKey: api.key, requestApiVersion: version, correlationId: 1, clientId: 'spec' }
  const header = RequestHeader.encode(requestHeader, api.requestHeaderVersion(version))
  const answer = await exchange(port, Buffer.concat([header, api.request.encode(body, version)]), 20_000)
  return api.response.decode(ResponseHeader.decodePrefix(answer, api.responseHeaderVersion(version)).rest, version)
}

/** Asks until the error code that the answer has is none of a cluster that is still finding itself. */
export async function askUntilReady<R>(question: () => Promise<R>, errorOf: (answer: R) => number): Promise<R> {
  for (let tries = 0; ; tries++) {
    const answer = await question()
    const error = errorOf(answer)
    if (error === 0) return answer
    // A partition or a coordinator that is being set up, and transactions that are being ended.
    if (![3, 5, 6, 14, 15, 16, 51].includes(error) || tries === 100) throw new Error(`the broker answers ${error}`)
    await sleep(100)
  }
}
