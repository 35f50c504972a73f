import type { ClassicMember } from './classic-member.js'

/** The protocols that all of them know, as the first of them prefers. */
export function commonProtocols(members: Iterable<ClassicMember>): string[] {
  const [first, ...others] = members
  const names = first?.protocols.map(({ name }) => name) ?? []
  return names.filter(name => others.every(({ protocols }) => protocols.some(other => other.name === name)))
}

/** The one of those that most of them prefer to the others; null where there is none. */
export function selectProtocol(members: Iterable<ClassicMember>): string | null {
  const all = [...members]
  const common = commonProtocols(all)
  const votes = new Map<string, number>()
  for (const { protocols } of all) {
    const choice = protocols.find(({ name }) => common.includes(name))?.name
    if (choice !== undefined) votes.set(choice, (votes.get(choice) ?? 0) + 1)
  }
  const [best] = [...votes].toSorted(([, one], [, other]) => other - one)
  return best?.[0] ?? null
}
