import { SaslHandshake } from '../../../protocol/messages/sasl-handshake.js'
import { code } from '../error-code.js'
import { handler } from '../handler.js'
import { LastAnswer } from '../outcome.js'

/** Chooses how to authenticate. */
export const saslHandshake = handler(SaslHandshake, {
  respond(request, { client, cluster, version }) {
    const mechanisms = cluster.settings.sasl?.mechanisms ?? []
    // A listener that asks for no authentication.
    if (client.sasl === undefined) return { errorCode: code('ILLEGAL_SASL_STATE'), mechanisms: [] }
    const error = client.sasl.handshake(request.mechanism, version)
    const response = { errorCode: code(error), mechanisms }
    return error === 'UNSUPPORTED_SASL_MECHANISM' ? new LastAnswer(response) : response
  },
  refuse: (_request, errorCode) => ({ errorCode, mechanisms: [] }),
})
