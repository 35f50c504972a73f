import { expect, it } from 'vitest'
import type { Refuse } from '../../../src/broker/sasl/conversation.js'
import { oauthbearer } from '../../../src/broker/sasl/oauthbearer.js'
import { AuthenticationError } from '../../../src/errors.js'

const refuse: Refuse = (reason, options) => new AuthenticationError(reason, { ...options, mechanism: 'OAUTHBEARER' })

it('says the token, and extensions beside it', () => {
  const extensions = { logicalCluster: 'lkc-1', identityPoolId: 'pool 7' }
  const { first, next } = oauthbearer({ token: 'a.b-c_d~e+f/g==', extensions, refuse })
  expect(first.toString()).toBe(
    'n,,\x01auth=Bearer a.b-c_d~e+f/g==\x01logicalCluster=lkc-1\x01identityPoolId=pool 7\x01\x01',
  )
  expect(next(Buffer.alloc(0))).toBeUndefined()
})

it('answers a refusal with the one byte that asks for the error', () => {
  const { next } = oauthbearer({ token: 'token', extensions: {}, refuse })
  expect(next(Buffer.from('{"status":"invalid_token"}'))).toEqual(Buffer.from([1]))
})

it.each(['{"status":"invalid_token"}', 'more', ''])('answers one refusal, and then wants the error, not %j', said => {
  const { next } = oauthbearer({ token: 'token', extensions: {}, refuse })
  next(Buffer.from('{"status":"invalid_token"}'))
  expect(() => next(Buffer.from(said))).toThrow(/refused the token/)
})

it.each([
  ['<html>503 Service Unavailable</html>', true],
  ['', true],
  [{ value: 'token' }, false],
  [undefined, false],
])('takes %j for what may be better next time: %s', (token, retriable) => {
  let thrown: unknown
  try {
    oauthbearer({ token: token as string, extensions: {}, refuse })
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ name: 'AuthenticationError', retriable })
})

it.each([['', 'a b', 'a\x01auth=Bearer other', 'é', '=', undefined, 7]].flat().map(token => [token]))(
  'refuses %j as a token, and does not repeat it',
  token => {
    const make = () => oauthbearer({ token: token as string, extensions: {}, refuse })
    expect(make).toThrow(/is no bearer token/)
    expect(make).not.toThrow(/auth=Bearer other/)
  },
)
