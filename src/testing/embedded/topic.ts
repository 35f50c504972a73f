import { Partition } from './partition.js'
import { TopicRules } from './topic-rules.js'

/** One topic. */
export class Topic extends TopicRules {
  readonly partitions: Partition[] = []

  /** Adds a partition on these nodes, which nobody leads yet. */
  addPartition(replicas: readonly number[]): Partition {
    const partition = new Partition(this, this.partitions.length, replicas)
    this.partitions.push(partition)
    return partition
  }
}

/** What is wrong with the name of a topic; undefined when nothing is. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > 249) return `the length of '${name}' is longer than the max allowed length 249`
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  }
  return undefined
}
