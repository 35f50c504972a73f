import { describe, expect, it } from 'vitest'
import { kafkaVersion } from '../../src/protocol/messages/kafka-version.js'
import { kafkaClients } from '../../tools/messages/kafka-clients.js'
import { assertAsJava, parseAssignmentVectors } from '../vectors/assignments.js'
import { runJava } from './harness/run-java.js'

const { KAFKA_RX_SEED, KAFKA_RX_RUNS } = process.env
const seed = Number(KAFKA_RX_SEED ?? Date.now() & 0x7fffffff)
const runs = Number(KAFKA_RX_RUNS ?? 5000)

describe(`what we assign (KAFKA_RX_SEED=${seed})`, () => {
  it("is what Kafka's own assignors assign, byte for byte", async () => {
    const options = { classPath: await kafkaClients(kafkaVersion) }
    const { stdout } = await runJava('spec/kafka/AssignmentVectors.java', [String(seed), String(runs)], options)
    const vectors = parseAssignmentVectors(stdout)
    expect(vectors).toHaveLength(runs)
    for (const vector of vectors) assertAsJava(vector)
  })
})
