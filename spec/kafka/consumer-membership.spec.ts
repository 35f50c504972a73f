import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lastValueFrom, timer } from 'rxjs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Cluster } from '../../src/cluster/cluster.js'
import { createTopics } from '../../src/cluster/create-topics.js'
import { kafkaSettings } from '../../src/cluster/kafka-options.js'
import { consumerMembership } from '../../src/group/kip-848/consumer-membership.js'
import type { Membership, MembershipOptions } from '../../src/group/membership.js'
import { errors } from '../../src/protocol/error-codes.js'
import { ConsumerGroupHeartbeat } from '../../src/protocol/index.js'
import { type StubOptions, stubHolder } from '../group/kip-848/virtual-group.js'
import { toolsClassPath } from './harness/class-path.js'
import { deadManSwitch } from './harness/dead-man-switch.js'
import { javaProgram, lightJvm } from './harness/run-java.js'
import { useKafka } from './harness/use-kafka.js'

const partitions = 6
/** Of the broker, short: tests wait for it. */
const config = {
  'group.consumer.session.timeout.ms': 6000,
  'group.consumer.min.session.timeout.ms': 6000,
  'group.consumer.heartbeat.interval.ms': 500,
  'group.consumer.min.heartbeat.interval.ms': 500,
}
const kafka = useKafka({ config })

/** A member that only takes note of what it is told. */
interface Member {
  readonly membership: Membership
  readonly held: Set<string>
  readonly told: string[]
  kill(): void
  leave(): Promise<void>
}

const living = new Set<Member>()
let group = 0

function join(options: Partial<MembershipOptions> = {}, stub: StubOptions = {}): Member {
  const cluster = new Cluster(kafkaSettings({ bootstrap: kafka().bootstrap }))
  const held = new Set<string>()
  const told: string[] = []
  const note = (what: string) => {
    told.push(what)
    // Whatever happens, a partition has one reader.
    const all = [...living].flatMap(one => [...one.held])
    expect(all.toSorted()).toEqual([...new Set(all)].toSorted())
  }
  const membership = consumerMembership(
    { cluster, group: `group-${group}`, topics: ['shared'], rebalanceTimeout: 30_000, member: 'one', ...options },
    stubHolder(held, note, stub),
  )
  const life = membership.life.subscribe({ error: error => told.push(`# ${error.message}`) })
  const end = () => {
    life.unsubscribe()
    living.delete(member)
    held.clear()
  }
  const member: Member = {
    membership,
    held,
    told,
    kill: end,
    leave: async () => {
      await lastValueFrom(membership.leave(), { defaultValue: undefined })
      end()
    },
  }
  living.add(member)
  return member
}

/** Until these hold so many each. */
const share = (...shares: readonly (readonly [Member, number])[]) =>
  vi.waitFor(() => expect(shares.map(([{ held }]) => held.size)).toEqual(shares.map(([, count]) => count)), {
    timeout: 30_000,
    interval: 20,
  })

const lost = (member: Member) => member.told.filter(what => what.startsWith('!'))

beforeAll(async () => {
  const cluster = new Cluster(kafkaSettings({ bootstrap: kafka().bootstrap }))
  await lastValueFrom(createTopics(cluster, [{ name: 'shared', partitions }], 30_000))
})

beforeEach(() => {
  group++
})
afterEach(async () => {
  for (const member of living) await member.leave()
})

describe('members of the new protocol', () => {
  test('come, go and are killed, and every partition has one of them', async () => {
    const [one, two, three] = [join(), join({}, { revoking: () => timer(1500) }), join()]
    await share([one, 2], [two, 2], [three, 2])
    await one.leave()
    await share([two, 3], [three, 3])
    const four = join()
    await share([two, 2], [three, 2], [four, 2])
    three.kill()
    await share([two, 3], [four, 3])
    expect([two, four].flatMap(lost)).toEqual([])
    await two.leave()
    await share([four, partitions])
  })

  test('keep what they have while the coordinator is restarted', async () => {
    const [one, two] = [join(), join()]
    await share([one, 3], [two, 3])
    await kafka().nodes[0].restart()
    const epoch = two.membership.identity?.generation ?? 0
    const three = join()
    await share([one, 2], [two, 2], [three, 2])
    expect([one, two, three].flatMap(lost)).toEqual([])
    expect(two.membership.identity?.generation).toBeGreaterThan(epoch)
  })

  test('that are thrown out join again', async () => {
    const one = join()
    await share([one, partitions])
    const { identity } = one.membership
    await heartbeat({ memberId: identity?.memberId ?? '', memberEpoch: -1 })
    await vi.waitFor(() => expect(lost(one)).toHaveLength(1), { timeout: 10_000 })
    await share([one, partitions])
    expect(one.membership.identity?.generation).toBeGreaterThan(identity?.generation ?? 0)
  })
})

describe('a static member', () => {
  test('that leaves for a moment has what it had when it is back, and nobody else had it', async () => {
    const [one, two] = [join(), join({ instanceId: 'i' })]
    await share([one, 3], [two, 3])
    const before = [...two.held].toSorted()
    await two.leave()
    const toldBefore = one.told.length
    const back = join({ instanceId: 'i' })
    await share([one, 3], [back, 3])
    expect([...back.held].toSorted()).toEqual(before)
    expect(one.told).toHaveLength(toldBefore)
  })

  test('that was killed is back when its session is over', async () => {
    const one = join({ instanceId: 'i' })
    await share([one, partitions])
    one.kill()
    const back = join({ instanceId: 'i' })
    await share([back, partitions])
  })
})

describe('a member that joins while it is known', () => {
  const join = {
    memberId: 'me',
    memberEpoch: 0,
    rebalanceTimeoutMs: 1000,
    subscribedTopicNames: ['shared'],
    topicPartitions: [],
  }
  const codes = async (...beats: readonly Beat[]) => {
    const answers = []
    for (const beat of beats) answers.push((await heartbeat(beat)).errorCode)
    return answers
  }

  test('may, where it was fenced', async () => {
    const fenced = errors.FENCED_MEMBER_EPOCH.code
    expect(await codes(join, { memberId: 'me', memberEpoch: 99 }, join, join)).toEqual([0, fenced, 0, 0])
  })

  test('has to leave first, where it is static', async () => {
    const other = { ...join, instanceId: 'i' }
    const unreleased = errors.UNRELEASED_INSTANCE_ID.code
    expect(await codes(other, other, { ...other, memberEpoch: -2 }, other)).toEqual([0, unreleased, 0, 0])
  })
})

describe('brokers that do not serve it', () => {
  const old = useKafka({ version: '3.9.1' })

  test('are named, and what to do', async () => {
    const cluster = new Cluster(kafkaSettings({ bootstrap: old().bootstrap }))
    await lastValueFrom(createTopics(cluster, [{ name: 'shared', partitions }], 30_000))
    const one = join({ cluster })
    await vi.waitFor(() => expect(one.told).toEqual([expect.stringContaining("use protocol 'classic'")]), 30_000)
  })
})

describe("Java's console consumer", () => {
  let java: ChildProcess | undefined
  afterAll(() => java?.kill('SIGKILL'))

  test('is a member beside ours', async () => {
    const [one, two] = [join(), join()]
    await share([one, 3], [two, 3])
    java = spawn(
      javaProgram('java'),
      [
        ...[...lightJvm, '-cp', await toolsClassPath(), 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
        ...['--bootstrap-server', kafka().bootstrap.join(), '--topic', 'shared', '--group', `group-${group}`],
        ...['--command-property', 'group.protocol=consumer'],
      ],
      { stdio: 'ignore' },
    )
    if (java.pid !== undefined) deadManSwitch.watch(java.pid)
    await share([one, 2], [two, 2])
    const ended = once(java, 'exit')
    java.kill('SIGTERM')
    await ended
    if (java.pid !== undefined) deadManSwitch.forget(java.pid)
    await share([one, 3], [two, 3])
    expect([one, two].flatMap(lost)).toEqual([])
  })
})

type Beat = Partial<Parameters<typeof ConsumerGroupHeartbeat.request.encode>[0]>

/** A heartbeat by hand. */
function heartbeat(beat: Beat) {
  const cluster = new Cluster(kafkaSettings({ bootstrap: kafka().bootstrap }))
  const groupId = `group-${group}`
  const body = {
    groupId,
    memberId: '',
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    serverAssignor: null,
    topicPartitions: null,
    ...beat,
  }
  const to = { coordinator: { group: groupId } }
  return lastValueFrom(cluster.request(ConsumerGroupHeartbeat, { body, to, timeout: 10_000 }))
}
