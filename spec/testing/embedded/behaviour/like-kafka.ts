import { describe } from 'vitest'
import { batchesBehaviour } from './batches.js'
import { classicGroupsBehaviour } from './classic-groups.js'
import { consumerGroupsBehaviour } from './consumer-groups.js'
import { logsBehaviour } from './logs.js'
import { offsetsBehaviour } from './offsets.js'
import { topicsBehaviour } from './topics.js'
import { transactionalOffsetsBehaviour } from './transactional-offsets.js'
import { transactionsBehaviour } from './transactions.js'
import { versionsBehaviour } from './versions.js'
import type { Target } from './world.js'

/**
 * What a Kafka 4.4 does, as raw requests see it: the same tests run against a real one and against the embedded broker,
 * so neither can say anything else.
 */
export function likeKafka(target: () => Target): void {
  describe('every version of', () => versionsBehaviour(target))
  describe('versions, brokers and topics', () => topicsBehaviour(target))
  describe('logs', () => logsBehaviour(target))
  describe('batches', () => batchesBehaviour(target))
  describe('groups of the classic protocol', () => classicGroupsBehaviour(target))
  describe('groups of the new protocol', () => consumerGroupsBehaviour(target))
  describe('offsets', () => offsetsBehaviour(target))
  describe('transactions', () => transactionsBehaviour(target))
  describe('offsets in transactions', () => transactionalOffsetsBehaviour(target))
}
