// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { array, bytes, type Decoded, type Encodable, int32, type Message, message, string } from '../declaration.js'

const fields = {
  assignedPartitions: array({
    topic: string(),
    partitions: array(int32()),
  }),
  userData: bytes({ nullable: true, default: null }),
}

/** ConsumerProtocolAssignment: versions 0 to 3, never flexible. */
export const ConsumerProtocolAssignment: Message<ConsumerProtocolAssignmentInput, ConsumerProtocolAssignment> = message(
  { name: 'ConsumerProtocolAssignment', versions: '0-3', flexible: 'none' },
  fields,
)

/** ConsumerProtocolAssignment as it is read: every field, the ones that its version lacks with their defaults. */
export interface ConsumerProtocolAssignment extends Decoded<typeof fields> {}

/** ConsumerProtocolAssignment as it may be written: without the fields that some version lacks. */
export interface ConsumerProtocolAssignmentInput extends Encodable<typeof fields> {}
