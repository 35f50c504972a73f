import type { AuthenticationError, KafkaErrorOptions } from '../../errors.js'

/** One side of a SASL exchange, as a state machine: what to say first, and what to say to each answer. */
export interface Conversation {
  readonly first: Buffer
  /** What must not be repeated anywhere: the password or the token. */
  readonly secret: string
  /**
   * The answer to what the server said; undefined when there is nothing more to say and the server has proved what it
   * must. Throws AuthenticationError when it has not. After two answers it has ended, whatever a server goes on saying.
   */
  next(said: Buffer): Buffer | undefined
}

/** Makes the error for a reason, with the names of listener and mechanism before it. */
export type Refuse = (reason: string, options?: KafkaErrorOptions) => AuthenticationError
