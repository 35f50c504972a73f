import { firstValueFrom, lastValueFrom, NEVER, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type BrokerOptions, broker, type SaslOptions } from '../../../src/index.js'
import { errors } from '../../../src/protocol/error-codes.js'
import { ApiVersions, Metadata, SaslAuthenticate, SaslHandshake } from '../../../src/protocol/index.js'
import type { SaslListenerOptions } from '../../../src/testing/index.js'
import { at, connected, raw, running } from './running.js'

const users = { alice: 'alice-secret', 'bob, =the= builder': 'pässwörd' }
const json = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (claims: object) => `${json({ alg: 'none' })}.${json(claims)}.`
const future = Math.floor(Date.now() / 1000) + 3600
const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

const passwords: readonly SaslOptions[] = mechanisms.flatMap(mechanism =>
  Object.entries(users).map(([username, password]) => ({ mechanism, username, password })),
)
const bearer = (claims: object): SaslOptions => ({ mechanism: 'OAUTHBEARER', token: () => [token(claims)] })

/** What comes of asking with these options: the number of brokers, or the error. */
async function ask(
  client: Partial<BrokerOptions>,
  { listen = false, sasl = { users } }: { listen?: boolean; sasl?: SaslListenerOptions } = {},
): Promise<string> {
  const { cluster } = await running({ listen, sasl })
  const asked = broker({ ...at(cluster, 1, listen), ...client }, kafka => kafka.request(Metadata, { topics: [] }))
  return lastValueFrom(asked).then(
    ({ brokers }) => `${brokers.length} broker`,
    (error: Error) => `${error.name}: ${error.message}`,
  )
}

describe('our own client', () => {
  it.each(passwords)('is let in by password: $mechanism, $username', async sasl => {
    expect(await ask({ sasl })).toBe('1 broker')
    expect(await ask({ sasl }, { listen: true })).toBe('1 broker')
  })

  it.each(passwords)('is not let in with another: $mechanism, $username', async sasl => {
    const wrong = { ...sasl, password: 'another' } as SaslOptions
    expect(await ask({ sasl: wrong })).toMatch(/^AuthenticationError: /)
    expect(await ask({ sasl: wrong }, { listen: true })).toMatch(/^AuthenticationError: /)
  })

  it.each(mechanisms)('is not let in by a name that nobody has: %s', async mechanism => {
    const sasl = { mechanism, username: 'toString', password: 'x' }
    expect(await ask({ sasl })).toMatch(/^AuthenticationError: /)
  })

  it('is let in with a token', async () => {
    expect(await ask({ sasl: bearer({ sub: 'alice', exp: future }) })).toBe('1 broker')
    expect(await ask({ sasl: bearer({ sub: 'alice', exp: future }) }, { listen: true })).toBe('1 broker')
  })

  it.each([
    ['that has run out', { sub: 'alice', exp: 1 }],
    ['that is for nobody', { exp: future }],
    ['that never runs out', { sub: 'alice' }],
  ])('is not let in with one %s', async (_what, claims) => {
    expect(await ask({ sasl: bearer(claims) })).toMatch(/^AuthenticationError: /)
  })

  it('is let in by a function of one’s own', async () => {
    const sasl = {
      token: (given: string) => (given === 'open-sesame' ? { principal: 'ali', expires: 1e15 } : undefined),
    }
    const own = (given: string): SaslOptions => ({ mechanism: 'OAUTHBEARER', token: () => [given] })
    expect(await ask({ sasl: own('open-sesame') }, { sasl })).toBe('1 broker')
    expect(await ask({ sasl: own('open-barley') }, { sasl })).toMatch(/^AuthenticationError: /)
  })

  it('is told which mechanisms there are', async () => {
    const sasl = { mechanism: 'PLAIN', username: 'alice', password: 'alice-secret' } as const
    const refused = await ask({ sasl }, { sasl: { users, mechanisms: ['SCRAM-SHA-256', 'OAUTHBEARER'] } })
    expect(refused).toMatch(/^AuthenticationError: .*SCRAM-SHA-256.*OAUTHBEARER/)
  })

  it('that does not authenticate is hung up on', async () => {
    expect(await ask({})).toMatch(/^ConnectionError: /)
  })

  it('that authenticates where nobody asks for it is told so', async () => {
    const { cluster } = await running({ listen: false })
    const sasl = { mechanism: 'PLAIN', username: 'alice', password: 'alice-secret' } as const
    await expect(connected({ ...at(cluster), sasl })).rejects.toMatchObject({ name: 'AuthenticationError' })
  })

  it('authenticates anew before its session ends, and is served beyond it', async () => {
    const { cluster } = await running({ listen: false, sasl: { users, sessionLifetime: 400 } })
    const sasl = { mechanism: 'SCRAM-SHA-256', username: 'alice', password: 'alice-secret' } as const
    const again = cluster.fault({ api: 'SaslHandshake', times: Number.POSITIVE_INFINITY })
    const kafka = await connected({ ...at(cluster), sasl })
    expect(again.hits).toBe(1)
    await firstValueFrom(timer(900))
    expect((await lastValueFrom(kafka.request(Metadata, { topics: [] }))).brokers).toHaveLength(1)
    expect(again.hits).toBeGreaterThan(2)
    expect(cluster.connections).toHaveLength(1)
  })

  it('whose password was changed meanwhile is cut off when it authenticates anew', async () => {
    const changing: Record<string, string> = { ...users }
    const { cluster } = await running({ listen: false, sasl: { users: changing, sessionLifetime: 200 } })
    const sasl = { mechanism: 'PLAIN', username: 'alice', password: 'alice-secret' } as const
    const ended = lastValueFrom(broker({ ...at(cluster), sasl }, () => NEVER)).catch((error: Error) => error.name)
    changing['alice'] = 'changed'
    expect(await ended).toBe('AuthenticationError')
  })
})

describe('a listener that asks for authentication', () => {
  it('answers ApiVersions, and hangs up on all else', async () => {
    const { cluster } = await running({ listen: false, sasl: { users } })
    const client = await raw(at(cluster))
    const versions = { clientSoftwareName: 'spec', clientSoftwareVersion: '1' }
    expect((await client.ask(ApiVersions, versions)).errorCode).toBe(0)
    await expect(client.ask(Metadata, { topics: [] })).rejects.toThrow('hung up')
  })

  it('hangs up when a session has ended and the client has not authenticated anew', async () => {
    const { cluster } = await running({ listen: false, sasl: { users, sessionLifetime: 100 } })
    const client = await raw(at(cluster))
    await client.ask(SaslHandshake, { mechanism: 'PLAIN' })
    const authBytes = Buffer.from('\0alice\0alice-secret')
    expect(await client.ask(SaslAuthenticate, { authBytes })).toMatchObject({ errorCode: 0, sessionLifetimeMs: 100n })
    expect((await client.ask(Metadata, { topics: [] })).brokers).toHaveLength(1)
    await firstValueFrom(timer(150))
    await expect(client.ask(Metadata, { topics: [] })).rejects.toThrow('hung up')
  })

  it('ends a session with the token that it was opened by, and lets it be renewed by another', async () => {
    const { cluster } = await running({ listen: false, sasl: {} })
    const clients = [await raw(at(cluster)), await raw(at(cluster))] as const
    const authenticate = async (client: (typeof clients)[number], ms: number) => {
      const { errorCode } = await client.ask(SaslHandshake, { mechanism: 'OAUTHBEARER' })
      const given = token({ sub: 'alice', exp: (Date.now() + ms) / 1000 })
      const authBytes = Buffer.from(`n,,\x01auth=Bearer ${given}\x01\x01`)
      return [errorCode, (await client.ask(SaslAuthenticate, { authBytes })).errorCode]
    }
    for (const client of clients) expect(await authenticate(client, 100)).toEqual([0, 0])
    expect(await authenticate(clients[0], 60_000)).toEqual([0, 0])
    await firstValueFrom(timer(150))
    expect((await clients[0].ask(Metadata, { topics: [] })).brokers).toHaveLength(1)
    await expect(clients[1].ask(Metadata, { topics: [] })).rejects.toThrow('hung up')
  })

  it('takes messages of a mechanism that are no requests, behind version 0 of SaslHandshake', async () => {
    const { cluster } = await running({ listen: false, sasl: { users } })
    const [right, wrong] = [await raw(at(cluster)), await raw(at(cluster))]
    for (const client of [right, wrong]) {
      expect(await client.ask(SaslHandshake, { mechanism: 'PLAIN' }, 0)).toMatchObject({ errorCode: 0 })
    }
    expect(await right.exchange(Buffer.from('\0alice\0alice-secret'))).toEqual(Buffer.alloc(0))
    expect((await right.ask(Metadata, { topics: [] })).brokers).toHaveLength(1)
    await expect(wrong.exchange(Buffer.from('\0alice\0another'))).rejects.toThrow('hung up')
  })

  it('refuses to let a connection become somebody else’s', async () => {
    const { cluster } = await running({ listen: false, sasl: { users: { a: '1', b: '2' }, sessionLifetime: 60_000 } })
    const client = await raw(at(cluster))
    const authenticate = async (message: string) => {
      await client.ask(SaslHandshake, { mechanism: 'PLAIN' })
      return (await client.ask(SaslAuthenticate, { authBytes: Buffer.from(message) })).errorCode
    }
    expect(await authenticate('\0a\x001')).toBe(0)
    expect(await authenticate('\0a\x001')).toBe(0)
    expect(await authenticate('\0b\x002')).toBe(errors.SASL_AUTHENTICATION_FAILED.code)
    await client.hungUp
  })
})
