import { type Broker, KafkaError, type RequestOptions, type SaslOptions } from 'kafka-rx'
import { Metadata, type MetadataResponse } from 'kafka-rx/protocol'
import { lastValueFrom, map, type Observable, of } from 'rxjs'
import { expect } from 'vitest'

/** Where the nodes of the harness listen. */
export const host = '127.0.0.1'

/** How a user of the harness may say who it is. */
export const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

/** Metadata of a topic that there is none of: the answer repeats the name. */
export function echo(it: Broker, name: string): Observable<string | null | undefined> {
  return it
    .request(Metadata, { topics: [{ name }], allowAutoTopicCreation: false })
    .pipe(map(({ topics }) => topics[0]?.name))
}

/** Metadata of no topics. */
export function cluster(it: Broker, options: RequestOptions = {}): Observable<MetadataResponse> {
  return it.request(Metadata, { topics: [] }, options)
}

/** What the harness lets in. */
export function credentials(mechanism: (typeof mechanisms)[number]): SaslOptions {
  return mechanism === 'OAUTHBEARER'
    ? { mechanism, token: () => of(unsecuredToken('alice')) }
    : { mechanism, username: 'alice', password: 'alice-secret' }
}

/** A JSON web token without a signature, as a broker that is told no more believes. */
function unsecuredToken(sub: string): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  return `${part({ alg: 'none' })}.${part({ sub, iat: now, exp: now + 3600 })}.`
}

/** The error, and none but a typed one. */
export async function failure(source: Observable<unknown>): Promise<KafkaError> {
  const error = await lastValueFrom(source, { defaultValue: undefined }).then(
    () => undefined,
    error => error,
  )
  expect(error).toBeInstanceOf(KafkaError)
  return error
}
