import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InitProducerId } from '../../../../src/protocol/messages/init-producer-id.js'
import { servedApis } from '../../../../src/testing/embedded/served-apis.js'
import type { Stage } from './question.js'
import { questionsToCoordinators } from './questions-to-coordinators.js'
import { questionsToLeaders } from './questions-to-leaders.js'
import { batchOf, codeOf, eventually, produce, type Target, World } from './world.js'

const questions = [...questionsToLeaders, ...questionsToCoordinators]

/** That every version which is advertised is served, with what it has and older ones lack. */
export function versionsBehaviour(target: () => Target): void {
  let world: World
  beforeEach(() => {
    world = new World(target())
  })
  afterEach(() => world.close())

  const stageOf = async (): Promise<Stage> => {
    const topic = await world.topic()
    const leader = await world.leader(topic)
    expect((await produce(leader, topic, batchOf(['a']))).errorCode).toBe(0)
    const name = world.name('all')
    const transactions = await world.coordinator(name, 1)
    // Until the coordinator has loaded what it has to.
    await eventually(async () => {
      const asked = { transactionalId: `${name} first`, transactionTimeoutMs: 60_000 }
      const { errorCode } = await transactions.ask(InitProducerId, asked)
      return [codeOf('COORDINATOR_LOAD_IN_PROGRESS'), codeOf('CONCURRENT_TRANSACTIONS')].includes(errorCode)
        ? undefined
        : true
    })
    return { world, topic, leader, name, group: await world.coordinator(name), transactions }
  }

  it('has a question for every API but the one that needs SASL', () => {
    const asked = questions.map(({ api }) => api.name)
    expect([...asked, 'SaslAuthenticate'].toSorted()).toEqual([...servedApis].toSorted())
  })

  describe.each(questions.map(one => [one.api.name, one] as const))(
    '%s',
    (_name, { api, ask, body, told, expected }) => {
      const versions = Array.from(
        { length: api.versions.stable - api.versions.min + 1 },
        (_, i) => api.versions.min + i,
      )

      it(`${api.versions.min} to ${api.versions.stable}`, async () => {
        const answers: unknown[] = []
        const wanted: unknown[] = []
        for (const version of versions) {
          // Each on a stage of its own: what one version does, the next does not find.
          const stage = await stageOf()
          const answer = await stage[ask].ask(api, body(stage, version), version)
          answers.push([version, told(answer, stage)])
          wanted.push([version, expected(version, stage)])
        }
        expect(answers).toEqual(wanted)
      })
    },
  )
}
