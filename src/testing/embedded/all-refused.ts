import type { Place, RequestContext } from './handler.js'

/** Whether faults refuse all that a request names, if anything: then it must not have effects of its own either. */
export function allRefused(places: Iterable<Place>, context: RequestContext): boolean {
  return [...places].every(({ topic, partition }) => context.refusal(topic, partition) !== 0)
}
