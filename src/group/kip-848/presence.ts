const NEVER = Number.POSITIVE_INFINITY

/** Whether the coordinator has heard of a member within its session timeout, as the member knows from answers. */
export class Presence {
  /** When the last heartbeat that was answered had been sent. */
  heardAt = 0
  #isInTouch = true
  readonly #sessionTimeout: number

  constructor(sessionTimeout: number) {
    this.#sessionTimeout = sessionTimeout
  }

  /** When it is out of touch, unless it is heard before. */
  get endsAt(): number {
    return this.#isInTouch ? this.heardAt + this.#sessionTimeout : NEVER
  }

  /** A heartbeat that was sent then was answered; whether it had been out of touch. */
  heard(at: number): boolean {
    const isNews = !this.#isInTouch
    this.heardAt = at
    this.#isInTouch = true
    return isNews
  }

  end(): void {
    this.#isInTouch = false
  }
}
