// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Decoded, type Encodable, int16, int32, type Message, message, string } from '../declaration.js'

const fields = {
  requestApiKey: int16(),
  requestApiVersion: int16(),
  correlationId: int32(),
  clientId: string({ nullable: true, flexible: false }),
}

/** RequestHeader: versions 1 to 2, flexible from 2. */
export const RequestHeader: Message<RequestHeaderInput, RequestHeader> = message(
  { name: 'RequestHeader', versions: '1-2', flexible: '2+' },
  fields,
)

/** RequestHeader as it is read: every field, the ones that its version lacks with their defaults. */
export interface RequestHeader extends Decoded<typeof fields> {}

/** RequestHeader as it may be written: without the fields that some version lacks. */
export interface RequestHeaderInput extends Encodable<typeof fields> {}
