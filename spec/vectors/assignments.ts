import { deepEqual, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { assignors, type GroupAssignment, type GroupMember, type GroupTopics } from '../../src/group/assignors/index.js'
import { decodeSubscription, encodeAssignment, encodeSubscription } from '../../src/group/consumer-protocol-bytes.js'

/** A group as its leader sees it, and what Java's assignor gives each member. */
export interface AssignmentVector {
  readonly assignor: string
  /** The racks of each partition's replicas, `'r0 r1'`. */
  readonly topics: Readonly<Record<string, readonly string[]>>
  /** In the order in which the coordinator lists them; bytes are hex. */
  readonly members: readonly {
    readonly id: string
    readonly instance?: string
    readonly version: number
    readonly subscription: string
    readonly assignment?: string
  }[]
  /** Whether Java has an answer, by which nobody reads what it did not ask for or another reads too. */
  readonly isRight: boolean
}

export function readAssignmentVectors(): AssignmentVector[] {
  const file = new URL('./assignments.jsonl.br', import.meta.url)
  return parseAssignmentVectors(brotliDecompressSync(readFileSync(file)).toString())
}

export const parseAssignmentVectors = (lines: string): AssignmentVector[] =>
  lines
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

/** Throws unless ours is what Java's is, byte for byte; where Java's is wrong, unless ours is right. */
export function assertAsJava(vector: AssignmentVector): void {
  const members = vector.members.map(({ id, instance = null, subscription }): GroupMember => {
    return { ...decodeSubscription(Buffer.from(subscription, 'hex')), memberId: id, instanceId: instance }
  })
  const topics: GroupTopics = new Map(
    Object.entries(vector.topics).map(([topic, partitions]) => [
      topic,
      partitions.map((racks, partition) => ({ partition, racks: racks.split(' ').filter(Boolean) })),
    ]),
  )
  const assignor = assignors.get(vector.assignor)
  ok(assignor)
  const assignment = assignor.assign(members, topics)
  const ours = vector.members.map(({ id, version, assignment: expected, ...rest }, index) => {
    const subscription = encodeSubscription(members[index] as GroupMember, version).toString('hex')
    const bytes = encodeAssignment({ partitions: assignment.get(id) ?? [], userData: null }).toString('hex')
    return { ...rest, id, version, subscription, assignment: vector.isRight ? bytes : expected }
  })
  const theirs = vector.members.map(({ assignment: expected, ...member }) => ({ ...member, assignment: expected }))
  deepEqual(ours, theirs, JSON.stringify(vector))
  deepEqual(wrongs(members, topics, assignment), [], JSON.stringify(vector))
}

/** What is wrong: all that somebody wants is to be assigned once, to one who wants it, or to wait for its owner. */
export function wrongs(members: readonly GroupMember[], topics: GroupTopics, assignment: GroupAssignment): string[] {
  const wrong: string[] = []
  const assigned = new Set<string>()
  for (const { memberId, topics: wanted } of members) {
    if (!assignment.has(memberId)) wrong.push(`${memberId} is left out`)
    for (const { topic, partition } of assignment.get(memberId) ?? []) {
      if (!wanted.includes(topic)) wrong.push(`${memberId} does not want ${topic}`)
      if (assigned.has(`${topic}-${partition}`)) wrong.push(`${topic}-${partition} is assigned twice`)
      assigned.add(`${topic}-${partition}`)
    }
  }
  const owned = new Set(members.flatMap(member => member.owned.map(({ topic, partition }) => `${topic}-${partition}`)))
  for (const topic of new Set(members.flatMap(member => member.topics))) {
    for (const { partition } of topics.get(topic) ?? []) {
      const name = `${topic}-${partition}`
      if (!assigned.has(name) && !owned.has(name)) wrong.push(`${name} is assigned to nobody`)
    }
  }
  return wrong
}
