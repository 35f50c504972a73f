import { ArgumentError } from '../errors.js'
import type { Route } from './route.js'

/** What stands in the messages that went over from names to ids. */
interface Topic {
  readonly name?: unknown
  readonly topic?: unknown
  readonly topicId?: unknown
}

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/**
 * Refuses a topic that is given by name alone where the version goes by id: it would be asked for without either, and
 * answered as unknown.
 *
 * @throws {ArgumentError} for such a topic
 */
export function checkTopicIds({ api, version, facts }: Route, body: object): void {
  if (version < facts.topicIdsFrom) return
  const name = nameWithoutId(body)
  if (name === undefined) return
  const before = facts.topicIdsFrom - 1
  throw new ArgumentError(
    `${api.name} names the topic ${JSON.stringify(name)}, but version ${version} goes by topicId: give it, or pin version ${before}`,
    { outcome: 'unsent' },
  )
}

function nameWithoutId(body: object): string | undefined {
  const { topicData, topics, forgottenTopicsData, groups } = body as Readonly<Record<string, readonly Topic[] | null>>
  for (const list of [topicData, topics, forgottenTopicsData]) {
    for (const { name, topic = name, topicId } of list ?? []) {
      if (typeof topic === 'string' && topic !== '' && (topicId === undefined || topicId === NO_ID)) return topic
    }
  }
  for (const group of groups ?? []) {
    const name = nameWithoutId(group)
    if (name !== undefined) return name
  }
  return undefined
}
