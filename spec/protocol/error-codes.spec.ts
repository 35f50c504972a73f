import { type ErrorCode, type ErrorName, errorOf, errors } from 'kafka-rx/protocol'
import { describe, expect, expectTypeOf, it } from 'vitest'

describe('the error codes', () => {
  it('are those of Kafka 4.4, of which 32 are worth another try', () => {
    const all = Object.values(errors)
    expect(all).toHaveLength(138)
    expect(all.filter(({ retriable }) => retriable)).toHaveLength(32)
    expect(all.map(({ code }) => code)).toEqual(Array.from({ length: 138 }, (_, index) => index - 1))
  })

  it('are found by name and by number', () => {
    expect(errors.NOT_LEADER_OR_FOLLOWER).toMatchObject({ code: 6, name: 'NOT_LEADER_OR_FOLLOWER', retriable: true })
    expect(errorOf(6)).toBe(errors.NOT_LEADER_OR_FOLLOWER)
    expect(errorOf(-1)).toBe(errors.UNKNOWN_SERVER_ERROR)
    expect(errorOf(9999)).toBeUndefined()
    expectTypeOf(errors.NONE).toExtend<ErrorCode>()
    expectTypeOf(errors.NONE.name).toEqualTypeOf<'NONE'>()
    expectTypeOf<'REBOOTSTRAP_REQUIRED'>().toExtend<ErrorName>()
  })

  it('each say what to look at', () => {
    for (const { name, hint } of Object.values(errors)) {
      expect(hint.length, name).toBeGreaterThan(7)
      // What the generator says of one that has no hint of ours yet.
      expect(hint, name).not.toContain('documentation')
    }
    expect(new Set(Object.values(errors).map(({ hint }) => hint)).size).toBeGreaterThan(130)
  })
})
