import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Refuse } from '../../../src/broker/sasl/conversation.js'
import { scram } from '../../../src/broker/sasl/scram.js'
import { AuthenticationError } from '../../../src/errors.js'

const refuse: Refuse = reason => new AuthenticationError(reason, { mechanism: 'SCRAM' })
const text = (bytes: Buffer | undefined) => bytes?.toString()

/** The exchange of RFC 7677. */
const rfc = {
  options: {
    mechanism: 'SCRAM-SHA-256',
    username: 'user',
    password: 'pencil',
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    refuse,
  } as const,
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
}

describe('scram', () => {
  it('has the conversation of RFC 7677', () => {
    const client = scram(rfc.options)
    expect(text(client.first)).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    expect(text(client.next(Buffer.from(rfc.serverFirst)))).toBe(rfc.clientFinal)
    expect(client.next(Buffer.from(rfc.serverFinal))).toBeUndefined()
  })

  it.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('%s convinces a server that knows the password', mechanism => {
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(word, word, (username, password) => {
        const client = scram({ mechanism, username, password, nonce: 'ours', refuse })
        const server = serverThatKnows(mechanism, username, password)
        const proof = client.next(server.first(client.first)) as Buffer
        expect(client.next(server.final(proof))).toBeUndefined()
      }),
      { numRuns: 20 },
    )
  })

  it.each([
    ['an answer that is none', 'hello', /does|did not answer/],
    ['an error', 'e=other-error', /did not answer/],
    ['no iterations', rfc.serverFirst.replace(/,i=.*/, ''), /did not answer/],
    ['a mandatory extension', `m=1,${rfc.serverFirst}`, /did not answer/],
    ['a nonce of its own', rfc.serverFirst.replace('rOpr', 'RoPR'), /nonce/],
    ['our nonce and nothing more', rfc.serverFirst.replace(/r=[^,]+/, `r=${rfc.options.nonce}`), /nonce/],
    ['too few iterations', rfc.serverFirst.replace('4096', '4095'), /4095 iterations, fewer than 4096/],
    [
      'more iterations than Kafka stores',
      rfc.serverFirst.replace('4096', '16385'),
      /16385 iterations, more than 16384/,
    ],
    ['iterations that take seconds', rfc.serverFirst.replace('4096', '1000000'), /1000000 iterations, more than 16384/],
    ['iterations beyond all numbers', rfc.serverFirst.replace('4096', '9'.repeat(400)), /did not answer/],
  ])('refuses %s', (_what, serverFirst, message) => {
    const client = scram(rfc.options)
    expect(() => client.next(Buffer.from(serverFirst))).toThrow(message)
  })

  it('takes as many iterations as Kafka stores', () => {
    const serverFirst = rfc.serverFirst.replace('4096', '16384')
    expect(text(scram(rfc.options).next(Buffer.from(serverFirst)))).toMatch(/,p=/)
  })

  it.each([
    ['another signature', 'v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', /could not prove/],
    ['a short signature', 'v=6rri', /could not prove/],
    ['no signature', '', /could not prove/],
    ['an error', 'e=invalid-proof', /refused the proof/],
  ])('refuses a server that ends with %s', (_what, serverFinal, message) => {
    const client = scram(rfc.options)
    client.next(Buffer.from(rfc.serverFirst))
    expect(() => client.next(Buffer.from(serverFinal))).toThrow(message)
  })

  it('refuses a server that does not know the password', () => {
    const client = scram({ ...rfc.options, nonce: 'ours' })
    const server = serverThatKnows('SCRAM-SHA-256', 'user', 'another', { believesAll: true })
    const proof = client.next(server.first(client.first)) as Buffer
    expect(() => client.next(server.final(proof))).toThrow(/could not prove/)
  })
})

/** The other side, as RFC 5802 has it: keeps no password, but what it needs to check and to give a proof. */
function serverThatKnows(
  mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
  username: string,
  password: string,
  { believesAll = false } = {},
) {
  const [hash, length] = mechanism === 'SCRAM-SHA-256' ? (['sha256', 32] as const) : (['sha512', 64] as const)
  const hmac = (key: Buffer, message: string) => createHmac(hash, key).update(message).digest()
  const digest = (bytes: Buffer) => createHash(hash).update(bytes).digest()
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, 4096, length, hash)
  const storedKey = digest(hmac(salted, 'Client Key'))
  const serverKey = hmac(salted, 'Server Key')
  let exchange = ''
  return {
    first(said: Buffer): Buffer {
      const [, name = '', nonce] = /^n,,n=([^,]*),r=([^,]+)$/.exec(said.toString()) ?? []
      expect(name.replaceAll('=2C', ',').replaceAll('=3D', '=')).toBe(username)
      const first = `r=${nonce}theirs,s=${salt.toString('base64')},i=4096`
      exchange = `${said.toString().slice(3)},${first}`
      return Buffer.from(first)
    },
    final(said: Buffer): Buffer {
      const [, bare, proof = ''] = /^(c=biws,r=[^,]+),p=(.*)$/.exec(said.toString()) ?? []
      exchange += `,${bare}`
      const signature = hmac(storedKey, exchange)
      const clientKey = Buffer.from(proof, 'base64').map((byte, index) => byte ^ (signature[index] ?? 0))
      if (!believesAll) expect(digest(Buffer.from(clientKey))).toEqual(storedKey)
      return Buffer.from(`v=${hmac(serverKey, exchange).toString('base64')}`)
    },
  }
}
