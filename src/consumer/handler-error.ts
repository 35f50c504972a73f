import { messageOf } from '../connection/message-of.js'
import { KafkaError, type KafkaErrorOptions } from '../errors.js'
import type { ConsumerRecord } from './consumer-record.js'

/** What a {@link HandlerError} is about. */
export interface HandlerErrorOptions extends KafkaErrorOptions {
  readonly record: ConsumerRecord
}

/**
 * A record could not be handled: its handler failed, or a deserializer; `cause` is what it failed of.
 *
 * Not retriable, since the same record would come again: give `onError`, or mend what failed.
 *
 * @example
 * catchError(error => (error instanceof HandlerError ? park(error.record) : throwError(() => error)))
 */
export class HandlerError extends KafkaError {
  /** With its bytes as they came; of a batch, the first, or the one that could not be read. */
  declare readonly record: ConsumerRecord

  /** @internal */
  constructor(
    message: string,
    options: HandlerErrorOptions,
    name: 'HandlerError' | 'HandlerTimeoutError' = 'HandlerError',
  ) {
    super(name, message, options)
    // Not enumerable: a logger that prints an error's fields would print what is in the topic.
    Object.defineProperty(this, 'record', { value: options.record })
  }
}

/** A handler took longer than `handlerTimeout`: it was unsubscribed. */
export class HandlerTimeoutError extends HandlerError {
  /** How long it had, in ms. */
  readonly timeout: number

  /** @internal */
  constructor(message: string, options: HandlerErrorOptions & { readonly timeout: number }) {
    super(message, options, 'HandlerTimeoutError')
    this.timeout = options.timeout
  }
}

/** `orders-3@17`: where a record is. */
export function placeOf({ topic, partition, offset }: ConsumerRecord<unknown, unknown>): string {
  return `${topic}-${partition}@${offset}`
}

/** The error of a reader whose deserializer failed. */
export function undeserialized(record: ConsumerRecord<unknown, unknown>, cause: unknown): HandlerError {
  return new HandlerError(`a deserializer failed at ${placeOf(record)}: ${messageOf(cause)}`, {
    record: record.raw(),
    cause,
  })
}
