import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lastValueFrom, timer } from 'rxjs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { Cluster } from '../../src/cluster/cluster.js'
import { createTopics } from '../../src/cluster/create-topics.js'
import { kafkaSettings } from '../../src/cluster/kafka-options.js'
import { cooperativeSticky } from '../../src/group/assignors/cooperative-sticky.js'
import { range } from '../../src/group/assignors/range.js'
import { roundRobin } from '../../src/group/assignors/round-robin.js'
import { type ClassicMembershipOptions, classicMembership } from '../../src/group/classic/classic-membership.js'
import type { Membership } from '../../src/group/membership.js'
import { errors } from '../../src/protocol/error-codes.js'
import { CreatePartitions } from '../../src/protocol/messages/create-partitions.js'
import { LeaveGroup } from '../../src/protocol/messages/leave-group.js'
import { type StubOptions, stubHolder } from '../group/kip-848/virtual-group.js'
import { toolsClassPath } from './harness/class-path.js'
import { deadManSwitch } from './harness/dead-man-switch.js'
import { javaProgram, lightJvm } from './harness/run-java.js'
import { useKafka } from './harness/use-kafka.js'

const partitions = 6
const kafka = useKafka()

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
let members = 0

function join(options: Partial<ClassicMembershipOptions> = {}, stub: StubOptions = {}): Member {
  const cluster = new Cluster(kafkaSettings({ bootstrap: kafka().bootstrap }))
  const held = new Set<string>()
  const told: string[] = []
  const note = (what: string) => {
    told.push(what)
    // Whatever happens, a partition has one reader.
    const all = [...living].flatMap(one => [...one.held])
    expect(all.toSorted()).toEqual([...new Set(all)].toSorted())
  }
  const membership = classicMembership(
    {
      cluster,
      group: `classic-${group}`,
      topics: ['shared'],
      rebalanceTimeout: 30_000,
      sessionTimeout: 6000,
      heartbeatInterval: 300,
      assignors: [cooperativeSticky],
      member: `${members++}`,
      ...options,
    },
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

const lost = (member: Member) => member.told.filter(what => what.startsWith('!') || what.startsWith('#'))

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

describe.each([
  { assignors: [cooperativeSticky] },
  { assignors: [range] },
  { assignors: [roundRobin, cooperativeSticky] },
])('members of a classic group by $assignors.0.name', ({ assignors }) => {
  test('come, go and are killed, and every partition has one of them', async () => {
    const [one, two, three] = [
      join({ assignors }),
      join({ assignors }, { revoking: () => timer(1500) }),
      join({ assignors }),
    ]
    await share([one, 2], [two, 2], [three, 2])
    await one.leave()
    await share([two, 3], [three, 3])
    const four = join({ assignors })
    await share([two, 2], [three, 2], [four, 2])
    three.kill()
    await share([two, 3], [four, 3])
    expect([two, four].flatMap(lost)).toEqual([])
    await two.leave()
    await share([four, partitions])
  })
})

describe('a member of a classic group', () => {
  test('keeps what it has while the coordinator is restarted', async () => {
    const [one, two] = [join(), join()]
    await share([one, 3], [two, 3])
    await kafka().nodes[0].restart()
    const three = join()
    await share([one, 2], [two, 2], [three, 2])
    expect([one, two, three].flatMap(lost)).toEqual([])
  })

  test('that is thrown out joins again', async () => {
    const one = join()
    await share([one, partitions])
    const { memberId = '' } = one.membership.identity ?? {}
    const cluster = new Cluster(kafkaSettings({ bootstrap: kafka().bootstrap }))
    const body = { groupId: `classic-${group}`, members: [{ memberId, groupInstanceId: null }] }
    const to = { coordinator: { group: `classic-${group}` } }
    const left = await lastValueFrom(cluster.request(LeaveGroup, { body, to, timeout: 10_000 }))
    expect(left.members[0]?.errorCode).toBe(errors.NONE.code)
    await vi.waitFor(() => expect(lost(one)).toHaveLength(1), { timeout: 10_000 })
    await share([one, partitions])
    expect(one.membership.identity?.memberId).not.toBe(memberId)
  })

  test('leaves while the others keep it waiting, and they do not wait for it', async () => {
    const one = join({ assignors: [range] }, { revoking: () => timer(3000) })
    await share([one, partitions])
    const two = join({ assignors: [range] })
    await vi.waitFor(() => expect(one.told.at(-1)).toMatch(/^-/), { timeout: 10_000, interval: 20 })
    await two.leave()
    // That it holds none in between may be over before anybody looks.
    await vi.waitFor(() => expect(one.told.at(-1)).toMatch(/^\+/), { timeout: 20_000, interval: 20 })
    await share([one, partitions])
    expect([one, two].flatMap(lost)).toEqual([])
  })

  test('that is static comes back to what it had, and nobody else had it', async () => {
    const [one, two] = [join({ instanceId: 'a' }), join({ instanceId: 'b' })]
    await share([one, 3], [two, 3])
    for (const member of [one, two]) {
      const other = [...living].find(living => living !== member)
      const before = [...member.held].toSorted()
      const toldBefore = other?.told.length
      await member.leave()
      const back = join({ instanceId: member === one ? 'a' : 'b' })
      await share([back, 3])
      expect([...back.held].toSorted()).toEqual(before)
      expect(other?.told).toHaveLength(toldBefore ?? 0)
    }
  })

  test('as leader sees partitions that are added', async () => {
    const cluster = new Cluster(kafkaSettings({ bootstrap: kafka().bootstrap, metadataMaxAge: 500 }))
    await lastValueFrom(createTopics(cluster, [{ name: 'growing', partitions: 2 }], 30_000))
    const [one, two] = [join({ cluster, topics: /^grow/ }), join({ topics: ['growing'] })]
    await share([one, 1], [two, 1])
    const body = { topics: [{ name: 'growing', count: 4, assignments: null }], timeoutMs: 10_000, validateOnly: false }
    await lastValueFrom(cluster.request(CreatePartitions, { body, to: 'controller', timeout: 10_000 }))
    await share([one, 2], [two, 2])
  })
})

describe("Java's console consumer", () => {
  const started: ChildProcess[] = []
  afterAll(() => {
    for (const java of started) java.kill('SIGKILL')
  })

  async function startJava(strategy: string): Promise<ChildProcess> {
    const java = spawn(
      javaProgram('java'),
      [
        ...[...lightJvm, '-cp', await toolsClassPath(), 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
        ...['--bootstrap-server', kafka().bootstrap.join(), '--topic', 'shared', '--group', `classic-${group}`],
        ...['--command-property', `partition.assignment.strategy=org.apache.kafka.clients.consumer.${strategy}`],
        ...['--command-property', 'heartbeat.interval.ms=300'],
      ],
      { stdio: 'ignore' },
    )
    started.push(java)
    if (java.pid !== undefined) deadManSwitch.watch(java.pid)
    return java
  }

  async function stopJava(java: ChildProcess): Promise<void> {
    const ended = once(java, 'exit')
    java.kill('SIGTERM')
    await ended
    if (java.pid !== undefined) deadManSwitch.forget(java.pid)
  }

  test.each([
    { strategy: 'CooperativeStickyAssignor', assignors: [cooperativeSticky] },
    { strategy: 'RangeAssignor', assignors: [range] },
    { strategy: 'RoundRobinAssignor', assignors: [roundRobin] },
  ])('is led by one of ours, and leads ours, by $strategy', async ({ strategy, assignors }) => {
    const one = join({ assignors })
    await share([one, partitions])
    const java = await startJava(strategy)
    await share([one, 3])
    const two = join({ assignors })
    await share([one, 2], [two, 2])
    // The first of those that stay leads: Java's, as ours leaves before the next one comes.
    await one.leave()
    await share([two, 3])
    await two.leave()
    const three = join({ assignors })
    await share([three, 3])
    const four = join({ assignors })
    await share([three, 2], [four, 2])
    await stopJava(java)
    await share([three, 3], [four, 3])
    expect([one, two, three, four].flatMap(lost)).toEqual([])
  })
})
