import { ConsumerProtocolSubscription } from '../../../protocol/messages/consumer-protocol-subscription.js'
import type { Group } from './group.js'

/** Whether a member of the group reads this topic. */
export function isSubscribed(group: Group, topic: string): boolean {
  if (group.kind === 'consumer') return group.isSubscribed(topic)
  return group.roster().some(({ metadata }) => topicsOf(metadata)?.includes(topic) ?? true)
}

/** What a member has said to those who assign; undefined where that cannot be read, as Kafka cannot then. */
function topicsOf(metadata: Buffer): readonly string[] | undefined {
  try {
    const version = Math.min(metadata.readInt16BE(0), ConsumerProtocolSubscription.versions.max)
    return ConsumerProtocolSubscription.decodePrefix(metadata.subarray(2), version).value.topics
  } catch {
    return undefined
  }
}
