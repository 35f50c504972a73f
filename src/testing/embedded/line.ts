import type { Client } from './client.js'
import type { Outcome, Wait } from './outcome.js'

/** A client with the requests it has sent. Kafka works on one at a time; the others wait. */
export interface Line extends Client {
  readonly waiting: Buffer[]
  /** One is in hand: it waits, or its answer is on its way out. So no more than one answer is kept for who does not read. */
  isBusy: boolean
  /** Of the answer that is on its way out. */
  answerBytes: number
  /** That one cannot be answered yet. */
  parked: Parked | undefined
  /** No answer gets through any more. */
  isLost: boolean
  /** Nothing more is taken up for now. */
  isMuted: boolean
}

/** One that waits. */
export interface Parked {
  readonly wait: Wait<unknown>
  readonly settle: (outcome: Outcome<unknown>, now: number) => void
  readonly cancel: () => void
  /** A fault holds it back before it has had its effect: it will have it, whether or not the client still listens. */
  readonly isHeld: boolean
}

/** Of a client that has connected. */
export function lineOf(client: Client): Line {
  const idle = { isBusy: false, answerBytes: 0, parked: undefined, isLost: false, isMuted: false }
  return { ...client, ...idle, waiting: [] }
}
