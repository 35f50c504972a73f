import { errors } from '../protocol/error-codes.js'

/** Who asks in the name of an older generation, or too early: asked again under the next. */
export const ofOldGeneration: ReadonlySet<number> = new Set([
  errors.ILLEGAL_GENERATION.code,
  errors.UNKNOWN_MEMBER_ID.code,
  errors.REBALANCE_IN_PROGRESS.code,
  errors.STALE_MEMBER_EPOCH.code,
  errors.FENCED_MEMBER_EPOCH.code,
])
/** What says something of the member, and not of what it commits. */
export const ofMember: ReadonlySet<number> = new Set([...ofOldGeneration, errors.FENCED_INSTANCE_ID.code])
/** What passes where the topic is there: it may be on its way to that broker. */
export const ofTopic: ReadonlySet<number> = new Set([
  errors.UNKNOWN_TOPIC_OR_PARTITION.code,
  errors.UNKNOWN_TOPIC_ID.code,
])
/** What passes by itself: it is committed again. */
export const passing: ReadonlySet<number> = new Set([
  ...ofTopic,
  errors.COORDINATOR_LOAD_IN_PROGRESS.code,
  errors.COORDINATOR_NOT_AVAILABLE.code,
  errors.NOT_COORDINATOR.code,
])
