import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Framed, frameRequests } from '../../src/broker/frame-requests.js'
import { type AnyApi, makeRoute, type Route } from '../../src/broker/route.js'
import { apis, Metadata, RequestHeader, SaslHandshake } from '../../src/protocol/index.js'

/** A request of these parts. */
function framed(route: Route, parts: readonly Buffer[], correlationId: number): Framed {
  return { route, parts, size: route.head.length + Buffer.concat(parts).length, correlationId }
}

const plain = makeRoute(SaslHandshake, 1, 'client')
const tagged = makeRoute(Metadata, 12, 'client')

it('writes each request as its length, header and body, as the codec does', () => {
  const part = fc.oneof(fc.constantFrom(1, 4095, 4096, 4097, 20_000), fc.integer({ min: 1, max: 200 }))
  const parts = fc.array(
    part.map(size => Buffer.alloc(size, size)),
    { maxLength: 4 },
  )
  const request = fc.tuple(fc.constantFrom(plain, tagged), parts, fc.nat()).map(all => framed(...all))
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 8 }), batch => {
      expect(Buffer.concat(frameRequests(batch)).equals(Buffer.concat(batch.map(it => expected(it))))).toBe(true)
    }),
  )
})

it('has the header that the codec writes, for every API and version', () => {
  for (const api of apis.values() as Iterable<AnyApi>) {
    for (let version = api.versions.min; version <= api.versions.max; version++) {
      const it = framed(makeRoute(api, version, 'clïent'), [Buffer.from('body')], 7)
      expect(Buffer.concat(frameRequests([it]))).toEqual(expected(it, 'clïent'))
    }
  }
})

it('is one buffer for a batch of small requests, and does not copy a large part', () => {
  const records = Buffer.alloc(4097)
  const small = framed(tagged, [Buffer.alloc(4096)], 1)
  const large = framed(tagged, [Buffer.alloc(10), records, Buffer.alloc(1)], 2)
  expect(frameRequests([small, small, small])).toHaveLength(1)
  const parts = frameRequests([small, large, small])
  expect(parts).toHaveLength(3)
  expect(parts[1]).toBe(records)
})

function expected({ route: { api, version }, parts = [], correlationId }: Framed, clientId = 'client'): Buffer {
  const header = RequestHeader.encode(
    { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId },
    api.requestHeaderVersion(version),
  )
  const length = Buffer.alloc(4)
  const body = Buffer.concat(parts)
  length.writeInt32BE(header.length + body.length)
  return Buffer.concat([length, header, body])
}
