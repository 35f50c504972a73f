import { expect, it } from 'vitest'
import { systemRandom } from '../../src/broker/random-bytes.js'
import { newMemberId } from '../../src/group/member-id.js'
import { isUuid } from '../../src/protocol/uuid.js'

it('is a uuid of version 4 as Kafka prints it, of what chance there is', () => {
  expect(newMemberId(size => new Uint8Array(size))).toBe('AAAAAAAAQACAAAAAAAAAAA')
  const ids = Array.from({ length: 1000 }, () => newMemberId(systemRandom))
  expect(new Set(ids).size).toBe(1000)
  for (const id of ids) {
    expect(isUuid(id)).toBe(true)
    expect(id).not.toMatch(/^-/)
    expect(Buffer.from(id, 'base64url').toString('hex')).toMatch(/^.{12}4.{3}[89ab]/)
  }
})
