import { describe } from '../errors/check-options.js'
import { nearestName } from '../errors/nearest-name.js'
import { ArgumentError } from '../errors.js'

/** What node's `tls.connect` and the `net.connect` below it take. */
const known = [
  ...['ca', 'cert', 'key', 'passphrase', 'pfx', 'crl', 'ciphers', 'dhparam', 'ecdhCurve', 'sigalgs', 'secureContext'],
  ...['minVersion', 'maxVersion', 'secureProtocol', 'secureOptions', 'honorCipherOrder', 'minDHSize', 'ticketKeys'],
  ...[
    'servername',
    'rejectUnauthorized',
    'checkServerIdentity',
    'requestCert',
    'allowPartialTrustChain',
    'enableTrace',
  ],
  ...['ALPNProtocols', 'ALPNCallback', 'SNICallback', 'pskCallback', 'session', 'sessionTimeout', 'sessionIdContext'],
  ...['clientCertEngine', 'privateKeyEngine', 'privateKeyIdentifier', 'requestOCSP', 'timeout', 'lookup', 'socket'],
  ...['host', 'port', 'path', 'family', 'hints', 'localAddress', 'localPort', 'noDelay', 'keepAlive', 'signal', 'fd'],
  ...['keepAliveInitialDelay', 'autoSelectFamily', 'autoSelectFamilyAttemptTimeout', 'allowHalfOpen', 'onread'],
  ...['readable', 'writable', 'highWaterMark', 'blockList', 'pauseOnCreate', 'manualStart'],
]

/**
 * Throws ArgumentError for what is not true, false or options of `tls.connect`; of those for a name that looks like a
 * misspelt one. Others pass: a newer node may know more.
 */
export function checkTls(tls: unknown): void {
  if (typeof tls === 'boolean') return
  if (typeof tls !== 'object' || tls === null) {
    throw new ArgumentError(`tls must be true, false or an object of node's options; got ${describe(tls)}`)
  }
  for (const [name, value] of Object.entries(tls)) {
    if (value === undefined || known.includes(name)) continue
    const nearest = nearestName(name, known)
    if (nearest !== undefined)
      throw new ArgumentError(`tls has no option ${JSON.stringify(name)}: did you mean ${nearest}?`)
  }
}
