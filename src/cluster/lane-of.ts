import { factsOf } from '../broker/api-facts.js'

/** The lane of what answers at once. */
export const REST = 'rest'
/** The lane of administration, which a broker may take its time over. */
const SLOW = 'slow'

/** What a broker may hold back by design, when asked by `kafka.request`: producers, consumers and members have their own. */
const waiting: Readonly<Record<string, string>> = {
  Produce: 'produce:request',
  Fetch: 'fetch:request',
  ShareFetch: 'fetch:request',
  JoinGroup: 'join:request',
  SyncGroup: 'join:request',
}

/** Which of a broker's connections an API goes over: one that may wait must not hold back what answers at once. */
export function laneOf({ name }: { readonly name: string }): string {
  return waiting[name] ?? (factsOf(name).slow ? SLOW : REST)
}
