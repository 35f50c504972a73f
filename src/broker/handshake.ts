import { defer, finalize, map, type Observable, of, switchMap } from 'rxjs'
import type { Api } from '../protocol/api.js'
import { ApiVersions } from '../protocol/messages/api-versions.js'
import { SaslAuthenticate } from '../protocol/messages/sasl-authenticate.js'
import { SaslHandshake } from '../protocol/messages/sasl-handshake.js'
import type { BrokerSettings } from './broker-options.js'
import { type BrokerKnowledge, negotiate } from './negotiate.js'
import type { Requests } from './requests.js'
import { type ApiVersionRange, makeRoute, pickVersion } from './route.js'
import { authenticate } from './sasl/authenticate.js'

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
    return negotiate((version, body) => this.#ask(ApiVersions, body, { version, timeout }), this.#peer)
  }

  /**
   * Authenticates, where that is wanted; emits for how many ms that is good, 0 for ever. Meanwhile other requests wait.
   */
  authenticate(versions: ApiVersionMap, timeout: number): Observable<number> {
    const { sasl, random } = this.#settings
    if (sasl === undefined) return of(0)
    const requests = this.#requests
    const pick = (api: typeof SaslHandshake | typeof SaslAuthenticate, pinned?: number) =>
      pickVersion(api, versions.get(api.key), pinned, this.#peer)
    return authenticate(
      {
        handshake: mechanism =>
          defer(() => of(pick(SaslHandshake, HANDSHAKE_VERSION))).pipe(
            switchMap(version => this.#ask(SaslHandshake, { mechanism }, { version, timeout })),
          ),
        authenticate: body =>
          defer(() => of(pick(SaslAuthenticate))).pipe(
            switchMap(version => this.#ask(SaslAuthenticate, body, { version, timeout })),
          ),
        during: authentication =>
          defer(() => {
            requests.hold()
            return authentication
          }).pipe(finalize(() => requests.release())),
      },
      sasl,
      random,
      this.#peer,
    )
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
