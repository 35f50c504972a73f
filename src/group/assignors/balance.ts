import type { TopicPartition } from '../../cluster/topic.js'
import { generationOf } from './claims.js'
import { Loads } from './loads.js'
import { compareNames } from './member-order.js'
import { Movements } from './movements.js'
import type { StickyAssignment, StickyGroup } from './sticky-group.js'

/**
 * Shares partitions out among members that want different topics, as evenly as their wishes allow: each keeps what it
 * owns, what is free goes to who has least, and then partitions move, one by one, from who has more to who has less.
 */
export function balance(group: StickyGroup): StickyAssignment {
  const wants = new Wants(group)
  const owned = keepOwned(group, wants)
  const loads = new Loads(owned)
  const isFresh = loads.sizeOf(loads.memberIds.at(-1) ?? '') === 0
  const kept = new Set([...owned.values()].flat())
  const free = wants.partitions.filter(partition => !kept.has(partition))
  assignFree(group, wants, loads, free)

  const before = new Map(Array.from(loads.toMap()).filter(([memberId]) => wants.canTakePart(memberId, loads)))
  const balancing = new Balancing(group, wants, new Loads(before))
  const mayMove = (partition: TopicPartition) => wants.membersOf(partition).length > 1
  const isAllKept = group.members.every(({ memberId }) => {
    return owned.get(memberId)?.length === group.claims.owned.get(memberId)?.length
  })
  // Where all could keep what they own, what is new is moved first.
  if (isAllKept) balancing.move(free.filter(mayMove))
  const hasMoved = balancing.move(wants.partitions.filter(mayMove))
  const after = balancing.loads.toMap()
  const isWorthIt = isFresh || !hasMoved || unevenness(after) < unevenness(before)
  const assignment = new Map([...loads.toMap(), ...(isWorthIt ? after : before)])
  return { assignment, moving: movingIn(group, assignment) }
}

/** Who wants which topics. */
class Wants {
  /** All partitions, those first whose topic the fewest want. */
  readonly partitions: readonly TopicPartition[]
  readonly #group: StickyGroup
  readonly #members = new Map<string, string[]>()
  readonly #topics = new Map<string, ReadonlySet<string>>()

  constructor(group: StickyGroup) {
    this.#group = group
    for (const topic of group.topics.keys()) this.#members.set(topic, [])
    for (const { memberId, topics } of group.members) {
      const known = new Set(topics.filter(topic => group.topics.has(topic)))
      this.#topics.set(memberId, known)
      for (const topic of known) this.#members.get(topic)?.push(memberId)
    }
    this.partitions = Array.from(this.#members)
      .sort(([one, some], [other, others]) => some.length - others.length || compareNames(one, other))
      .flatMap(([topic]) => group.topics.get(topic) ?? [])
  }

  has(memberId: string, topic: string): boolean {
    return this.#topics.get(memberId)?.has(topic) === true
  }

  membersOf({ topic }: TopicPartition): readonly string[] {
    return this.#members.get(topic) ?? []
  }

  topicsOf(memberId: string): ReadonlySet<string> {
    return this.#topics.get(memberId) ?? new Set()
  }

  /** Whether the member could get more, or has what another may get. */
  canTakePart(memberId: string, loads: Loads): boolean {
    let most = 0
    for (const topic of this.topicsOf(memberId)) most += this.#group.topics.get(topic)?.length ?? 0
    if (loads.sizeOf(memberId) < most) return true
    return [...loads.partitionsOf(memberId)].some(partition => this.membersOf(partition).length > 1)
  }
}

/** What each owns and may keep: of topics that it still wants, in its rack. */
function keepOwned({ claims, racks }: StickyGroup, wants: Wants): ReadonlyMap<string, readonly TopicPartition[]> {
  return new Map(
    Array.from(claims.owned, ([memberId, owned]) => [
      memberId,
      owned.filter(partition => wants.has(memberId, partition.topic) && !racks.keepApart(memberId, partition)),
    ]),
  )
}

/** Gives each partition to the least loaded who wants it, first within racks, then what is left. */
function assignFree(group: StickyGroup, wants: Wants, loads: Loads, free: readonly TopicPartition[]): void {
  const { racks } = group
  const assign = (partition: TopicPartition, may: (memberId: string) => boolean) => {
    const memberId = loads.memberIds.find(one => wants.has(one, partition.topic) && may(one))
    if (memberId !== undefined) loads.give(partition, memberId)
    return memberId !== undefined
  }
  const left = racks.matter
    ? free.filter(partition => !assign(partition, memberId => !racks.keepApart(memberId, partition)))
    : free
  for (const partition of left) assign(partition, () => true)
}

/** Moves partitions from who has more to who has less. */
class Balancing {
  readonly loads: Loads
  readonly #wants: Wants
  readonly #movements = new Movements()
  /** Who owned a partition in a generation before the newest. */
  readonly #formerOwner: ReadonlyMap<TopicPartition, string>
  /** Undefined after a move, until somebody asks. */
  #isBalanced: boolean | undefined

  constructor(group: StickyGroup, wants: Wants, loads: Loads) {
    this.#wants = wants
    this.loads = loads
    this.#formerOwner = formerOwners(group, wants)
  }

  /** Goes through the partitions until none can be moved to any good; whether any was. */
  move(partitions: readonly TopicPartition[]): boolean {
    let hasMoved = false
    for (let isMoving = true; isMoving; ) {
      isMoving = false
      for (const partition of partitions) {
        if (this.#isEven()) break
        const to = this.#betterFor(partition)
        if (to === undefined) continue
        this.#moveTo(to, partition)
        isMoving = true
      }
      hasMoved ||= isMoving
    }
    return hasMoved
  }

  /** Who should have it rather than who has it: its former owner, else who has least of those who want it. */
  #betterFor(partition: TopicPartition): string | undefined {
    const { loads } = this
    const size = loads.sizeOf(loads.ownerOf(partition) ?? '')
    const former = this.#formerOwner.get(partition)
    if (former !== undefined && size > loads.sizeOf(former) + 1) return former
    const least = loads.memberIds.find(memberId => this.#wants.has(memberId, partition.topic))
    return least !== undefined && size > loads.sizeOf(least) + 1 ? least : undefined
  }

  #moveTo(to: string, wished: TopicPartition): void {
    const { loads } = this
    const partition = this.#movements.insteadOf(wished, loads.ownerOf(wished) ?? '', to)
    this.#movements.add(partition, loads.ownerOf(partition) ?? '', to)
    loads.give(partition, to)
    this.#isBalanced = undefined
  }

  #isEven(): boolean {
    this.#isBalanced ??= this.#isAsEvenAsCanBe()
    return this.#isBalanced
  }

  /** Whether nobody could get a partition that it wants from one who has at least two more. */
  #isAsEvenAsCanBe(): boolean {
    const { loads } = this
    const { memberIds } = loads
    const most = loads.sizeOf(memberIds.at(-1) ?? '')
    if (loads.sizeOf(memberIds[0] ?? '') >= most - 1) return true
    const mostOfTopic = new Map<string, number>()
    for (const memberId of memberIds) {
      // Each has more than the one before: the last to be written is the most.
      for (const { topic } of loads.partitionsOf(memberId)) mostOfTopic.set(topic, loads.sizeOf(memberId))
    }
    return memberIds.every(memberId => {
      const size = loads.sizeOf(memberId)
      if (size + 1 >= most) return true
      for (const topic of this.#wants.topicsOf(memberId)) if ((mostOfTopic.get(topic) ?? 0) > size + 1) return false
      return true
    })
  }
}

/** By the newest of the generations before, for those who still want the topic. */
function formerOwners({ members, claims, find }: StickyGroup, wants: Wants): ReadonlyMap<TopicPartition, string> {
  const former = new Map<TopicPartition, { readonly memberId: string; readonly generation: number }>()
  for (const member of members) {
    const generation = generationOf(member)
    if (generation >= claims.newestGeneration) continue
    const { memberId } = member
    for (const owned of member.owned) {
      const partition = find(owned)
      if (partition === undefined || !wants.has(memberId, partition.topic)) continue
      if (generation > (former.get(partition)?.generation ?? Number.NEGATIVE_INFINITY)) {
        former.set(partition, { memberId, generation })
      }
    }
  }
  return new Map(Array.from(former, ([partition, { memberId }]) => [partition, memberId]))
}

/** How far the loads differ from one another, pair by pair. */
function unevenness(assignment: ReadonlyMap<string, readonly TopicPartition[]>): number {
  const sizes = Array.from(assignment.values(), ({ length }) => length)
  let sum = 0
  for (const [index, size] of sizes.entries()) for (const other of sizes.slice(index + 1)) sum += Math.abs(size - other)
  return sum
}

/** What its new owner does not own and another does. */
function movingIn(
  { members, find }: StickyGroup,
  assignment: ReadonlyMap<string, readonly TopicPartition[]>,
): ReadonlySet<TopicPartition> {
  const added = new Set<TopicPartition>()
  const given = new Set<TopicPartition>()
  for (const { memberId, owned } of members) {
    const before = new Set(owned.map(find))
    const after = new Set(assignment.get(memberId))
    for (const partition of after) if (!before.has(partition)) added.add(partition)
    for (const partition of before) if (partition !== undefined && !after.has(partition)) given.add(partition)
  }
  return new Set([...added].filter(partition => given.has(partition)))
}
