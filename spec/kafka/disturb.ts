import { setTimeout as sleep } from 'node:timers/promises'
import { chance } from '../../src/testing/embedded/chance.js'
import type { KafkaNode } from './harness/kafka-node.js'
import type { Kafka } from './harness/start-kafka.js'
import { moveLeader } from './move-leader.js'

/** What is done to a cluster, and by which chance. */
export interface Disturbance {
  readonly topic: string
  readonly partitions: number
  /** How long in all, in ms. */
  readonly duration: number
  readonly seed: number
}

/** How often each was done; a move of a leader may have failed, since its node was away. */
export type Disturbed = Record<'killed' | 'frozen' | 'restarted' | 'moved' | 'not moved', number>

/**
 * One node, now and then two at a time, is killed, frozen or restarted, for as long as chance has it, while leaders are
 * moved; in the end every node runs again.
 */
export async function disturb(kafka: Kafka, { topic, partitions, duration, seed }: Disturbance): Promise<Disturbed> {
  const random = chance(seed)
  const between = (low: number, high: number) => low + random() * (high - low)
  const oneOf = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  const until = performance.now() + duration
  const isOver = () => performance.now() >= until
  const done: Disturbed = { killed: 0, frozen: 0, restarted: 0, moved: 0, 'not moved': 0 }
  const all = kafka.nodes.length

  const hits: readonly ((node: KafkaNode) => Promise<void>)[] = [
    async node => {
      await node.kill()
      await sleep(between(0, 5_000))
      await node.start(all)
      done.killed++
    },
    async node => {
      await node.freeze()
      await sleep(between(200, 8_000))
      await node.thaw()
      done.frozen++
    },
    async node => {
      await node.restart(all)
      done.restarted++
    },
  ]

  async function hitNodes(): Promise<void> {
    while (!isOver()) {
      const first = oneOf(kafka.nodes)
      const next = kafka.nodes[first.id % all] as KafkaNode
      const hit = random() < 0.2 ? [first, next] : [first]
      await Promise.all(hit.map(node => oneOf(hits)(node)))
      await sleep(between(500, 3_000))
    }
  }

  async function moveLeaders(): Promise<void> {
    while (!isOver()) {
      const moved = moveLeader(kafka, topic, Math.floor(random() * partitions), oneOf(kafka.nodes).id)
      await moved.then(
        () => done.moved++,
        () => done['not moved']++,
      )
      await sleep(between(100, 1_500))
    }
  }

  await Promise.all([hitNodes(), moveLeaders()])
  return done
}
