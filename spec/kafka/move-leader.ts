import { setTimeout as sleep } from 'node:timers/promises'
import { AlterPartitionReassignments, ElectLeaders, Metadata } from '../../src/protocol/index.js'
import { ask } from './ask.js'
import type { KafkaNode } from './harness/kafka-node.js'
import type { Kafka } from './harness/start-kafka.js'

/** Who leads a partition, and what its replicas are, as a node knows it; leader -1 while there is none. */
export async function leadership(kafka: Kafka, topic: string, partition = 0, node = anyOf(kafka)) {
  const body = { topics: [{ name: topic }], allowAutoTopicCreation: false }
  const { topics } = await ask(node.ports.INTERNAL, Metadata, body, 12)
  const found = topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition)
  if (found === undefined) throw new Error(`${topic} has no partition ${partition}`)
  return { leader: found.leaderId, epoch: found.leaderEpoch, replicas: found.replicaNodes, inSync: found.isrNodes }
}

/** Makes another of its replicas the leader of a partition, as `kafka-leader-election` does; resolves when it knows. */
export async function moveLeader(kafka: Kafka, topic: string, partition: number, nodeId: number): Promise<void> {
  const { replicas } = await leadership(kafka, topic, partition)
  const node = kafka.nodes.find(({ id }) => id === nodeId)
  if (node === undefined || !replicas.includes(nodeId))
    throw new Error(`node ${nodeId} has no replica of ${topic}-${partition}`)
  // The first replica is the preferred leader.
  const preferred = [nodeId, ...replicas.filter(id => id !== nodeId)]
  const move = { name: topic, partitions: [{ partitionIndex: partition, replicas: preferred }] }
  const moved = await ask(
    anyOf(kafka).ports.INTERNAL,
    AlterPartitionReassignments,
    { timeoutMs: 10_000, topics: [move] },
    0,
  )
  const refused = moved.errorCode || moved.responses[0]?.partitions[0]?.errorCode
  if (refused) throw new Error(`the replicas of ${topic}-${partition} cannot be put in order: error ${refused}`)
  for (let tries = 0; (await leadership(kafka, topic, partition, node)).leader !== nodeId; tries++) {
    if (tries === 100) throw new Error(`node ${nodeId} does not come to lead ${topic}-${partition}`)
    const body = { electionType: 0, topicPartitions: [{ topic, partitions: [partition] }], timeoutMs: 10_000 }
    await ask(anyOf(kafka).ports.INTERNAL, ElectLeaders, body, 2)
    await sleep(50)
  }
}

/** A node that answers: any may be asked, the controller is told by it. */
function anyOf({ nodes }: Kafka): KafkaNode {
  const node = nodes.find(({ answers }) => answers)
  if (node === undefined) throw new Error('no node answers')
  return node
}
