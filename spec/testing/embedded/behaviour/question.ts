import type { Api } from '../../../../src/protocol/api.js'
import type { RawClient } from './raw-client.js'
import type { OwnTopic, World } from './world.js'

/** What a question can be about. */
export interface Stage {
  readonly world: World
  readonly topic: OwnTopic
  readonly leader: RawClient
  /** A name of a group and of a transactional id, and their coordinators. */
  readonly name: string
  readonly group: RawClient
  readonly transactions: RawClient
}

/** A question that can be asked in every version, and what is expected of the answer in each. */
export interface Question<Q = never, R = never> {
  readonly api: Api<Q, R>
  readonly ask: keyof Pick<Stage, 'leader' | 'group' | 'transactions'>
  readonly body: (stage: Stage, version: number) => Q
  readonly told: (answer: R, stage: Stage) => unknown
  readonly expected: (version: number, stage: Stage) => unknown
}

/** Checks that body and answer are of this API, and forgets of which. */
export function question<Q, R>(
  api: Api<Q, R>,
  ask: Question['ask'],
  body: (stage: Stage, version: number) => Q,
  told: (answer: R, stage: Stage) => unknown,
  expected: (version: number, stage: Stage) => unknown,
): Question {
  return { api, ask, body, told, expected } as unknown as Question
}
