import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { catchError, firstValueFrom, map, of, tap } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Asked, respond, scriptedBroker } from '../../marble-tests/broker/scripted-broker.js'
import { broker, type SaslOptions } from '../../src/index.js'
import { compiled } from '../connection/program.js'

/** Nonce, salt and what follows from them are those of RFC 7677, so that what must not be seen is known beforehand. */
const nonce = 'rOprNGfwEbeRWgbNEkqO'
const serverFirst = `r=${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`
const proof = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
const serverFinal = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

const conversations: readonly (readonly [sasl: object, answers: readonly string[], secrets: readonly string[]])[] = [
  [{ mechanism: 'PLAIN', username: 'user', password: 'pencil-secret' }, [''], ['pencil-secret']],
  [
    { mechanism: 'SCRAM-SHA-256', username: 'user', password: 'pencil' },
    [serverFirst, serverFinal],
    ['pencil', nonce, 'W22ZaJ0SNY7soEsUEjb6gQ', proof, '6rriTRBi23WpRR'],
  ],
  [{ mechanism: 'OAUTHBEARER', token: 'token.secret' }, [''], ['token.secret']],
  [{ mechanism: 'OAUTHBEARER', token: 'token.secret' }, ['{"said":"token.secret"}', '!'], ['token.secret']],
]

describe('NODE_DEBUG=kafka-rx:bytes', () => {
  const run = compiled()

  it.each(conversations)('shows nothing of %o', async (sasl, answers, secrets) => {
    const { code, stdout, stderr } = await run(program(sasl, answers), { env: { NODE_DEBUG: 'kafka-rx:bytes' } })
    expect([code, stdout]).toEqual([0, answers.includes('!') ? 'AuthenticationError\n' : 'authenticated\n'])
    // What is no secret is dumped as ever; of what is, the length is told.
    expect(textOf(stderr)).toContain('kafka-rx')
    expect(stderr).toMatch(/request SaslAuthenticate v2 #2 (\d+) bytes\n.*\n?.*\1 secret bytes/)
    for (const secret of secrets) {
      expect(textOf(stderr)).not.toContain(secret)
      expect(stderr).not.toContain(Buffer.from(secret).toString('hex').slice(0, 16))
    }
  })

  it('shows nothing of credentials that are administered', async () => {
    const ask = `
      concat(
        merge(
          kafka.request(AlterUserScramCredentials, {
            deletions: [],
            upsertions: [{
              name: 'bob', mechanism: 1, iterations: 4096,
              salt: Buffer.from('his-salt'), saltedPassword: Buffer.from('his-password'),
            }],
          }),
          kafka.request(CreateDelegationToken, { renewers: [], maxLifetimeMs: 1n }),
          kafka.request(AlterConfigs, {
            resources: [{ resourceType: 4, resourceName: '1', configs: [{ name: 'ssl.key.password', value: 'key-pass' }] }],
            validateOnly: true,
          }),
          kafka.request(IncrementalAlterConfigs, {
            resources: [{
              resourceType: 4, resourceName: '1',
              configs: [{ name: 'ssl.key.password', configOperation: 0, value: 'key-pass' }],
            }],
            validateOnly: true,
          }),
          kafka.request(Metadata, { topics: [] }),
        ),
        kafka.request(Metadata, { topics: [] }),
      )`
    const source = program({ mechanism: 'PLAIN', username: 'user', password: 'pencil' }, [''], ask)
    const { code, stdout, stderr } = await run(source, { env: { NODE_DEBUG: 'kafka-rx:bytes' } })
    expect([code, stdout]).toEqual([0, 'authenticated\nhmac of the token\nthe-cluster\nafter-it\n'])
    expect(textOf(stderr)).not.toMatch(/his-salt|his-password|hmac of the token|key-pass/)
    // And no more is hidden than need be.
    expect(textOf(stderr)).toContain('after-it')
  })
})

describe('diagnostics_channel and errors', () => {
  const events = ['connecting', 'connected', 'read', 'written', 'end', 'closed', 'failed']

  const sasl: SaslOptions = { mechanism: 'PLAIN', username: 'alice', password: 'the-secret' }
  const answers = (authenticate: object) => ({
    SaslHandshake: (asked: Asked) => respond(asked, { errorCode: 0, mechanisms: ['PLAIN'] }),
    SaslAuthenticate: (asked: Asked) =>
      respond(asked, { authBytes: Buffer.alloc(0), sessionLifetimeMs: 0n, ...authenticate }),
  })

  it.each([
    ['accepted', { errorCode: 0, errorMessage: null }],
    ['refused', { errorCode: 58, errorMessage: 'no such user or password' }],
    ['refused by a broker that repeats it', { errorCode: 58, errorMessage: 'alice is not the-secret' }],
    ['not understood', { errorCode: 7, errorMessage: 'the-secret?' }],
  ])('show nothing of a password that is %s', async (_how, authenticate) => {
    const seen: unknown[] = []
    const note = (message: unknown) => seen.push(message)
    for (const event of events) subscribe(`kafka-rx:connection:${event}`, note)
    onTestFinished(() => {
      for (const event of events) unsubscribe(`kafka-rx:connection:${event}`, note)
    })
    const opened = broker({ host: 'broker', transport: scriptedBroker(answers(authenticate)), sasl }).pipe(
      tap(kafka => seen.push(kafka)),
      catchError(error => of(error)),
      map(it => seen.push(it)),
    )
    await firstValueFrom(opened)
    expect(seen.length).toBeGreaterThan(5)
    const all = seen.map(value => inspect(value, { depth: 10, showHidden: true })).join('\n')
    expect(all).not.toContain('the-secret')
    expect(all).not.toContain(Buffer.from('the-secret').toString('hex'))
  })
})

/** The text column of all dumps, put together. */
function textOf(dump: string): string {
  return [...dump.matchAll(/\|(.*)\|$/gm)].map(match => match[1]).join('')
}

/** A broker that authenticates against a listener which answers SaslAuthenticate so; `!` is a refusal. */
function program(sasl: object, answers: readonly string[], ask = 'EMPTY'): string {
  return `
    import { broker } from 'kafka-rx'
    import { AlterConfigs, AlterUserScramCredentials, apis, CreateDelegationToken, IncrementalAlterConfigs, Metadata, RequestHeader, ResponseHeader } from 'kafka-rx/protocol'
    import { scripted } from 'kafka-rx/testing'
    import { concat, EMPTY, from, merge, of } from 'rxjs'
    const answers = ${JSON.stringify(answers)}
    const responses = {
      ApiVersions: () => ({
        errorCode: 0,
        apiKeys: [3, 17, 18, 33, 36, 38, 44, 51].map(apiKey => ({ apiKey, minVersion: 0, maxVersion: apis.get(apiKey).versions.max })),
      }),
      SaslHandshake: () => ({ errorCode: 0, mechanisms: [] }),
      AlterConfigs: () => ({ throttleTimeMs: 0, responses: [] }),
      IncrementalAlterConfigs: () => ({ throttleTimeMs: 0, responses: [] }),
      AlterUserScramCredentials: () => ({ throttleTimeMs: 0, results: [] }),
      CreateDelegationToken: () => ({
        errorCode: 0, principalType: 'User', principalName: 'u', issueTimestampMs: 0n, expiryTimestampMs: 0n,
        maxTimestampMs: 0n, tokenId: 't', hmac: Buffer.from('hmac of the token'), throttleTimeMs: 0,
      }),
      Metadata: () => ({ brokers: [], clusterId: after++ === 0 ? 'the-cluster' : 'after-it', topics: [] }),
      SaslAuthenticate: () => {
        const said = answers.shift()
        return {
          errorCode: said === '!' ? 58 : 0,
          errorMessage: said === '!' ? 'not token.secret' : null,
          authBytes: Buffer.from(said),
          sessionLifetimeMs: 0n,
        }
      },
    }
    const transport = scripted({
      answer: bytes => {
        const frames = []
        for (let at = 0; at < bytes.length; at += 4 + bytes.readInt32BE(at)) {
          const api = apis.get(bytes.readInt16BE(at + 4))
          const version = bytes.readInt16BE(at + 6)
          const { value } = RequestHeader.decodePrefix(bytes.subarray(at + 4), api.requestHeaderVersion(version))
          const frame = Buffer.concat([
            Buffer.alloc(4),
            ResponseHeader.encode({ correlationId: value.correlationId }, api.responseHeaderVersion(version)),
            api.response.encode(responses[api.name](), version),
          ])
          frame.writeInt32BE(frame.length - 4)
          frames.push(frame)
        }
        return from(frames)
      },
    })
    const sasl = ${JSON.stringify(sasl)}
    if ('token' in sasl) {
      const { token } = sasl
      sasl.token = () => of(token)
    }
    let after = 0
    const ask = kafka => ${ask}
    const random = length => Buffer.from('${nonce}', 'base64').subarray(0, length)
    const opened = broker({ host: 'broker', transport, sasl, random }).subscribe({
      next: kafka => {
        console.log('authenticated')
        ask(kafka).subscribe({
          next: ({ hmac, clusterId }) => hmac || clusterId ? console.log(String(hmac ?? clusterId)) : undefined,
          complete: () => setImmediate(() => opened.unsubscribe()),
        })
      },
      error: error => {
        console.log(error.name)
        console.error(error)
      },
    })
  `
}
