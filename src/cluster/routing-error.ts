import { errors } from '../protocol/error-codes.js'

/** What a broker answers that is not the one to ask, or not yet. */
export const routingErrors = {
  controller: new Set([errors.NOT_CONTROLLER.code]),
  coordinator: new Set([
    errors.COORDINATOR_LOAD_IN_PROGRESS.code,
    errors.COORDINATOR_NOT_AVAILABLE.code,
    errors.NOT_COORDINATOR.code,
  ]),
  leader: new Set([
    errors.LEADER_NOT_AVAILABLE.code,
    errors.NOT_LEADER_OR_FOLLOWER.code,
    errors.FENCED_LEADER_EPOCH.code,
    errors.UNKNOWN_LEADER_EPOCH.code,
    errors.REPLICA_NOT_AVAILABLE.code,
    errors.KAFKA_STORAGE_ERROR.code,
  ]),
  none: new Set<number>(),
} as const

/** So deep do the error codes of Kafka's answers lie: a topic's partition's. */
const DEPTH = 3

/** The first code among these that stands in an answer's `errorCode` fields; undefined where none does. */
export function findErrorCode(answer: unknown, codes: ReadonlySet<number>, depth = DEPTH): number | undefined {
  if (codes.size === 0 || typeof answer !== 'object' || answer === null) return undefined
  const { errorCode } = answer as { readonly errorCode?: unknown }
  if (typeof errorCode === 'number' && codes.has(errorCode)) return errorCode
  if (depth === 0) return undefined
  for (const field of Object.values(answer)) {
    if (!Array.isArray(field)) continue
    for (const item of field) {
      const found = findErrorCode(item, codes, depth - 1)
      if (found !== undefined) return found
    }
  }
  return undefined
}
