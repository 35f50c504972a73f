// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { array, bytes, type Decoded, type Encodable, int32, type Message, message, string } from '../declaration.js'

const fields = {
  topics: array(string()),
  userData: bytes({ nullable: true, default: null }),
  ownedPartitions: array(
    {
      topic: string(),
      partitions: array(int32()),
    },
    { versions: '1+', ignorable: true },
  ),
  generationId: int32({ versions: '2+', default: -1, ignorable: true }),
  rackId: string({ versions: '3+', nullable: true, default: null, ignorable: true }),
}

/** ConsumerProtocolSubscription: versions 0 to 3, never flexible. */
export const ConsumerProtocolSubscription: Message<ConsumerProtocolSubscriptionInput, ConsumerProtocolSubscription> =
  message({ name: 'ConsumerProtocolSubscription', versions: '0-3', flexible: 'none' }, fields)

/** ConsumerProtocolSubscription as it is read: every field, the ones that its version lacks with their defaults. */
export interface ConsumerProtocolSubscription extends Decoded<typeof fields> {}

/** ConsumerProtocolSubscription as it may be written: without the fields that some version lacks. */
export interface ConsumerProtocolSubscriptionInput extends Encodable<typeof fields> {}
