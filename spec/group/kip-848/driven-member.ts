import type { Beat, Effect, MemberEpochSettings } from '../../../src/group/kip-848/member-epoch.js'
import { MemberEpochMachine } from '../../../src/group/kip-848/member-epoch-machine.js'
import { type ErrorName, errors } from '../../../src/protocol/error-codes.js'
import type {
  ConsumerGroupHeartbeatRequestInput,
  ConsumerGroupHeartbeatResponse,
} from '../../../src/protocol/messages/consumer-group-heartbeat.js'

const settings: MemberEpochSettings = {
  group: 'g',
  memberId: 'me',
  instanceId: null,
  rack: null,
  rebalanceTimeout: 300_000,
  sessionTimeout: 45_000,
  requestTimeout: 15_000,
  joinTimeout: 30_000,
  backoff: attempt => Math.min(100 * 2 ** (attempt - 1), 1000),
}

/** Partitions of the topics whose ids are A and B: `A0 A1`. */
export type Text = string

/** A member whose coordinator and holder are played by hand; what it does comes back in words. */
export class DrivenMember {
  readonly machine: MemberEpochMachine
  now = 0
  beat: Beat | undefined
  body: ConsumerGroupHeartbeatRequestInput | undefined

  constructor(changes: Partial<MemberEpochSettings> = {}) {
    this.machine = new MemberEpochMachine({ ...settings, ...changes }, 0)
  }

  subscribe(...topics: string[]) {
    return this.tell(this.machine.subscribe(topics, this.now))
  }

  /** Metadata knows these topics, whose ids are their names in capitals. */
  name(...topics: string[]) {
    const names = new Map(topics.map(topic => [topic.toUpperCase(), topic]))
    return this.tell(this.machine.name(names, this.now))
  }

  /** Time goes on to when something is due. */
  wait() {
    this.now = this.machine.lookAt
    return this.tell(this.machine.tick(this.now))
  }

  /** The timer comes at this time. */
  tick(at: number) {
    this.now = at
    return this.tell(this.machine.tick(at))
  }

  answer(memberEpoch: number, assignment: Text | null = null) {
    return this.#answer({
      memberEpoch,
      assignment: assignment === null ? null : { topicPartitions: parse(assignment) },
    })
  }

  refuse(error: ErrorName, errorMessage: string | null = null) {
    return this.#answer({ errorCode: errors[error].code, errorMessage })
  }

  fail(error: unknown) {
    const { beat } = this
    if (beat === undefined) throw new Error('nothing is asked')
    this.beat = undefined
    return this.tell(this.machine.failed(beat, error, this.now))
  }

  /** The request goes out once more. */
  repeat(): Text {
    if (this.beat === undefined) throw new Error('nothing is asked')
    return this.#send(this.beat)
  }

  done() {
    return this.tell(this.machine.done(this.now))
  }

  leave(): Text {
    const body = this.machine.leave()
    return body === undefined ? 'nothing' : bodyText(body)
  }

  /** Joined, with these partitions, which are held; both topics are known. */
  joined(assignment: Text, memberEpoch = 1): this {
    this.name('a', 'b')
    this.subscribe('a', 'b')
    this.answer(memberEpoch, assignment)
    this.done()
    this.answer(memberEpoch)
    return this
  }

  #answer(changes: Partial<ConsumerGroupHeartbeatResponse>) {
    const { beat } = this
    if (beat === undefined) throw new Error('nothing is asked')
    this.beat = undefined
    return this.tell(this.machine.answered(beat, { ...answer, ...changes }, this.now))
  }

  tell(effects: readonly Effect[]): Text[] {
    return effects.map((effect): Text => {
      switch (effect.type) {
        case 'heartbeat':
          return this.#send(effect.beat)
        case 'assign':
          return `+${effect.partitions.map(({ topic, partition }) => topic + partition).join()} @${effect.generation}`
        case 'revoke':
          return `-${effect.partitions.map(({ topic, partition }) => topic + partition).join()}`
        case 'lose':
          return `!${effect.partitions.map(({ topic, partition }) => topic + partition).join()} ${effect.cause.code}`
        case 'in-touch':
          return effect.is ? 'in touch' : 'out of touch'
        case 'refresh':
          return 'refresh'
        case 'retrying':
          return `retry in ${effect.delay}: ${effect.cause.code}`
        case 'blocked':
          return `blocked ${effect.for}`
        default:
          return `fail: ${(effect.error as Error).message}`
      }
    })
  }

  #send(beat: Beat): Text {
    this.beat = beat
    this.body = this.machine.compose(beat, this.now)
    return bodyText(this.body)
  }
}

const answer: ConsumerGroupHeartbeatResponse = {
  throttleTimeMs: 0,
  errorCode: 0,
  errorMessage: null,
  memberId: null,
  memberEpoch: 0,
  heartbeatIntervalMs: 5000,
  assignment: null,
}

function parse(assignment: Text) {
  const topics = new Map<string, number[]>()
  for (const [topicId = '', partition] of assignment.split(' ').filter(Boolean)) {
    topics.set(topicId, [...(topics.get(topicId) ?? []), Number(partition)])
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}

/** `me@3 topics a,b owned A0 A1 timeout 300000`: what it does not say is not sent. */
function bodyText(body: ConsumerGroupHeartbeatRequestInput): Text {
  const { memberId, memberEpoch, subscribedTopicNames, topicPartitions, rebalanceTimeoutMs } = body
  const owned = topicPartitions?.flatMap(({ topicId, partitions }) => partitions.map(one => topicId + one)).sort()
  return [
    `${memberId}@${memberEpoch}`,
    ...(subscribedTopicNames === null ? [] : [`topics ${subscribedTopicNames.join()}`]),
    ...(owned === undefined ? [] : [`owned ${owned.join()}`]),
    ...(rebalanceTimeoutMs === -1 ? [] : [`timeout ${rebalanceTimeoutMs}`]),
  ].join(' ')
}
