import { describe, expect, it } from 'vitest'
import { BrokerError, brokerError, KafkaError } from '../../src/index.js'
import { errors } from '../../src/protocol/index.js'

describe('brokerError', () => {
  it('has the name of Kafka as its code, the number beside it, and what the broker said', () => {
    const error = brokerError(37, 'CreateTopics of orders', 'Number of partitions must be larger than 0.')
    expect(error).toBeInstanceOf(BrokerError)
    expect(error).toBeInstanceOf(KafkaError)
    expect(error).toMatchObject({
      name: 'BrokerError',
      code: 'INVALID_PARTITIONS',
      number: 37,
      retriable: false,
      outcome: 'rejected',
      message:
        'CreateTopics of orders: INVALID_PARTITIONS (37), "Number of partitions must be larger than 0."; a count below 1, or below what the topic has',
    })
  })

  it.each(Object.values(errors))('knows $code, $name', ({ code, name, retriable, hint }) => {
    const error = brokerError(code, 'what')
    expect(error).toMatchObject({ code: name, number: code, retriable })
    expect(error.message).toBe(`what: ${name} (${code}), ${hint}`)
  })

  it('has a code for a number that is not known yet', () => {
    expect(brokerError(9999, 'what')).toMatchObject({ code: 'UNKNOWN_ERROR_CODE_9999', number: 9999, retriable: false })
  })
})
