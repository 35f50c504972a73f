import { expect, it } from 'vitest'
import { ByteReader } from '../../src/protocol/byte-reader.js'
import { ByteWriter } from '../../src/protocol/byte-writer.js'
import { zeroUuid } from '../../src/protocol/uuid.js'

it('uuids are written and read as they are, whichever came before', () => {
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, index) => index * 37))
  const uuids = [0, 16, 32, 48].map(at => bytes.toString('base64url', at, at + 16))
  const [a, b, c, d] = uuids as [string, string, string, string]
  const order = [a, a, b, a, zeroUuid, a, zeroUuid, zeroUuid, c, d, d, c]
  const writer = new ByteWriter(1)
  for (const uuid of order) writer.uuid(uuid)
  const written = writer.toBuffer()
  expect(written).toEqual(Buffer.concat(order.map(uuid => Buffer.from(uuid, 'base64url'))))
  const reader = new ByteReader(written)
  expect(order.map(() => reader.uuid())).toEqual(order)
  for (const uuid of [`${a.slice(0, 21)}B`, a.slice(1), 17, undefined]) expect(() => writer.uuid(uuid)).toThrow()
})
