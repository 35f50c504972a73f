import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Framed, frameRequests } from '../../src/broker/frame-requests.js'
import { type AnyApi, makeRoute } from '../../src/broker/route.js'
import { apis, Metadata, RequestHeader, SaslHandshake } from '../../src/protocol/index.js'

const plain = makeRoute(SaslHandshake, 1, 'client')
const tagged = makeRoute(Metadata, 12, 'client')

it('writes each request as its length, header and body, as the codec does', () => {
  const request = fc.record({
    route: fc.constantFrom(plain, tagged),
    body: fc.oneof(fc.constantFrom(0, 1, 4095, 4096, 4097, 20_000), fc.nat(200)).map(size => Buffer.alloc(size, 7)),
    correlationId: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 8 }), batch => {
      expect(Buffer.concat(frameRequests(batch)).equals(Buffer.concat(batch.map(framed => expected(framed))))).toBe(
        true,
      )
    }),
  )
})

it('has the header that the codec writes, for every API and version', () => {
  for (const api of apis.values() as Iterable<AnyApi>) {
    for (let version = api.versions.min; version <= api.versions.max; version++) {
      const framed = { route: makeRoute(api, version, 'clïent'), body: Buffer.from('body'), correlationId: 7 }
      expect(Buffer.concat(frameRequests([framed]))).toEqual(expected(framed, 'clïent'))
    }
  }
})

it('is one buffer for a batch of small requests, and does not copy a large body', () => {
  const small: Framed = { route: tagged, body: Buffer.alloc(4096), correlationId: 1 }
  const large: Framed = { route: tagged, body: Buffer.alloc(4097), correlationId: 2 }
  expect(frameRequests([small, small, small])).toHaveLength(1)
  const parts = frameRequests([small, large, small])
  expect(parts).toHaveLength(3)
  expect(parts[1]).toBe(large.body)
})

function expected({ route: { api, version }, body, correlationId }: Framed, clientId = 'client'): Buffer {
  const header = RequestHeader.encode(
    { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId },
    api.requestHeaderVersion(version),
  )
  const length = Buffer.alloc(4)
  length.writeInt32BE(header.length + body.length)
  return Buffer.concat([length, header, body])
}
