/**
 * What a codec throws inside: where it stopped, without a stack, since the way up collects the path and the message's
 * own encode or decode turns it into a ProtocolError.
 */
export class Fault {
  readonly reason: string
  readonly offset: number
  /** Innermost first: names and indexes. */
  readonly #path: (string | number)[] = []

  constructor(reason: string, offset: number) {
    this.reason = reason
    this.offset = offset
  }

  /** Adds the field or the element that was being read or written. */
  within(step: string | number): this {
    this.#path.push(step)
    return this
  }

  /** As `topics[3].partitions[0].leaderId`. */
  get path(): string {
    let path = ''
    for (const step of this.#path.toReversed()) {
      path += typeof step === 'number' ? `[${step}]` : path === '' ? step : `.${step}`
    }
    return path
  }
}

/** Adds a step to the path of a fault on its way up; anything else goes up as it is. */
export function within(step: string | number, error: unknown): unknown {
  return error instanceof Fault ? error.within(step) : error
}
