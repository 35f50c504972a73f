// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Decoded, type Encodable, int32, type Message, message } from '../declaration.js'

const fields = {
  correlationId: int32(),
}

/** ResponseHeader: versions 0 to 1, flexible from 1. */
export const ResponseHeader: Message<ResponseHeaderInput, ResponseHeader> = message(
  { name: 'ResponseHeader', versions: '0-1', flexible: '1+' },
  fields,
)

/** ResponseHeader as it is read: every field, the ones that its version lacks with their defaults. */
export interface ResponseHeader extends Decoded<typeof fields> {}

/** ResponseHeader as it may be written: without the fields that some version lacks. */
export interface ResponseHeaderInput extends Encodable<typeof fields> {}
