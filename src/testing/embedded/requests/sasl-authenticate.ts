import { SaslAuthenticate } from '../../../protocol/messages/sasl-authenticate.js'
import { code } from '../error-code.js'
import { handler } from '../handler.js'
import { LastAnswer } from '../outcome.js'

/** One step of authenticating. */
export const saslAuthenticate = handler(SaslAuthenticate, {
  respond({ authBytes }, { client, now }) {
    if (client.sasl === undefined) return refusal(code('ILLEGAL_SASL_STATE'))
    const { error, message, bytes, lifetime } = client.sasl.authenticate(authBytes, now)
    const response = {
      errorCode: code(error),
      errorMessage: message,
      authBytes: bytes,
      sessionLifetimeMs: BigInt(Math.floor(lifetime)),
    }
    return error === 'SASL_AUTHENTICATION_FAILED' ? new LastAnswer(response) : response
  },
  refuse: (_request, errorCode) => refusal(errorCode),
})

function refusal(errorCode: number) {
  return { errorCode, errorMessage: null, authBytes: Buffer.alloc(0) }
}
