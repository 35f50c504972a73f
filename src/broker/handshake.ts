import { defer, finalize, map, type Observable, of, tap } from 'rxjs'
import type { Deadline } from '../connection/deadlines.js'
import { RequestTimeoutError } from '../errors.js'
import type { Api } from '../protocol/api.js'
import { ApiVersions } from '../protocol/messages/api-versions.js'
import { SaslAuthenticate } from '../protocol/messages/sasl-authenticate.js'
import { SaslHandshake } from '../protocol/messages/sasl-handshake.js'
import type { BrokerSettings } from './broker-options.js'
import { clientSoftware } from './client-software.js'
import { type BrokerKnowledge, negotiate } from './negotiate.js'
import type { Requests } from './requests.js'
import { type ApiVersionRange, makeRoute, pickVersion } from './route.js'
import { authenticate, type SaslRequests } from './sasl/authenticate.js'
import type { Session } from './sasl/renew-session.js'
import { within } from './within.js'

/** The version of SaslHandshake after which tokens travel in SaslAuthenticate, not bare. */
const HANDSHAKE_VERSION = 1

/** By API key. */
type ApiVersionMap = ReadonlyMap<number, ApiVersionRange>

/** What a broker wants before it may be asked anything else. */
export class Handshake {
  readonly #requests: Requests
  readonly #settings: BrokerSettings
  readonly #peer: string

  constructor(requests: Requests, settings: BrokerSettings) {
    this.#requests = requests
    this.#settings = settings
    this.#peer = `${settings.connect.host}:${settings.connect.port}`
  }

  /** Which versions it speaks, and what its cluster has agreed on. */
  negotiate(timeout: number): Observable<BrokerKnowledge> {
    const asked = { ...clientSoftware, ...this.#settings.meant }
    return negotiate(version => this.#ask(ApiVersions, asked, { version, timeout }), this.#peer)
  }

  /** Authenticates, where that is wanted, within `timeout` in all. Meanwhile other requests wait. */
  authenticate(versions: ApiVersionMap, timeout: number): Observable<Session> {
    const { sasl, random } = this.#settings
    if (sasl === undefined) return of(endless)
    const requests = this.#requests
    const { deadlines } = requests.connection
    const pick = (api: typeof SaslHandshake | typeof SaslAuthenticate, pinned?: number) =>
      pickVersion(api, versions.get(api.key), pinned, this.#peer)

    return defer(() => {
      const due = deadlines.now() + timeout
      /** Of what stands behind requests that had been sent before: it has its time once its turn has come. */
      let postponed: Deadline | undefined
      let askedAt = 0
      const tooLate = () => {
        const message = `${this.#peer}: authentication by ${sasl.mechanism} did not come to its end within ${timeout} ms`
        return new RequestTimeoutError(message, { api: SaslAuthenticate.name, timeout, outcome: 'unknown' })
      }
      const saslRequests: SaslRequests = {
        during: exchange =>
          within(deadlines, tooLate, deadline => {
            if (requests.hold()) postponed = deadline
            else deadline.expireAt(due)
            return exchange
          }).pipe(finalize(() => requests.release())),
        handshake: mechanism =>
          defer(() => {
            const version = pick(SaslHandshake, HANDSHAKE_VERSION)
            return this.#ask(SaslHandshake, { mechanism }, { version, timeout })
          }).pipe(tap(() => postponed?.expireIn(timeout))),
        authenticate: body =>
          defer(() => {
            askedAt = deadlines.now()
            return this.#ask(SaslAuthenticate, body, { version: pick(SaslAuthenticate), timeout })
          }),
        inTime: (source, error) =>
          within(deadlines, error, deadline => {
            deadline.expireAt(due)
            return source
          }),
      }
      return authenticate(saslRequests, sasl, random, this.#peer).pipe(
        map(lifetime => sessionOf(lifetime, askedAt)),
        tap(({ ends }) => requests.lasts(ends)),
      )
    })
  }

  #ask<Body, Response>(
    api: Api<Body, Response>,
    body: Body,
    { version, timeout }: { readonly version: number; readonly timeout: number },
  ): Observable<Response> {
    const route = makeRoute(api, version, this.#settings.clientId)
    return this.#requests.call(route, body, { timeout, urgent: true }).pipe(map(response => response as Response))
  }
}

const endless: Session = { lifetime: 0, ends: Number.POSITIVE_INFINITY }

/** It began after its request was written, and what is sent in it needs time to get there. */
function sessionOf(lifetime: number, askedAt: number): Session {
  return lifetime > 0 ? { lifetime, ends: askedAt + lifetime - Math.min(lifetime / 50, 1_000) } : endless
}
