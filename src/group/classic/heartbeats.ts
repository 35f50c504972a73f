const NEVER = Number.POSITIVE_INFINITY

/** What {@link Heartbeats} go by; times in ms. */
export interface HeartbeatsOptions {
  readonly sessionTimeout: number
  readonly heartbeatInterval: number
  readonly backoff: (attempt: number) => number
}

/**
 * When a member says that it lives, and whether the coordinator has heard of it lately.
 *
 * One heartbeat is under way at a time. The session counts from when the last one that was answered had been sent, so that
 * it never ends later here than there.
 */
export class Heartbeats {
  isInTouch = true
  readonly #options: HeartbeatsOptions
  #heardAt = 0
  /** When the next is due; never while it is no member. */
  #dueAt = NEVER
  /** When the one under way was sent. */
  #sentAt: number | undefined

  constructor(options: HeartbeatsOptions) {
    this.#options = options
  }

  get isUnderWay(): boolean {
    return this.#sentAt !== undefined
  }

  get lookAt(): number {
    if (this.#dueAt === NEVER) return NEVER
    const overAt = this.isInTouch ? this.#heardAt + this.#options.sessionTimeout : NEVER
    return Math.min(this.isUnderWay ? NEVER : this.#dueAt, overAt)
  }

  /** It is a member, of a new generation; whether that puts it in touch again. */
  begin(now: number): boolean {
    this.#sentAt = undefined
    this.#dueAt = now + this.#options.heartbeatInterval
    return this.#touch(now, now)
  }

  /** It is no member. */
  end(): void {
    this.#sentAt = undefined
    this.#dueAt = NEVER
  }

  /** By how much one that is due is late; undefined while none is. */
  late(now: number): number | undefined {
    return this.isUnderWay || now < this.#dueAt ? undefined : now - this.#dueAt
  }

  send(now: number): void {
    this.#sentAt = now
  }

  /** The coordinator knows the member; whether that puts it in touch again. */
  heard(now: number): boolean {
    const sentAt = this.#sentAt ?? now
    this.#sentAt = undefined
    this.#dueAt = Math.max(sentAt + this.#options.heartbeatInterval, now)
    return this.#touch(sentAt, now)
  }

  /** It was not answered, or not by one who knows. */
  unheard(now: number): void {
    this.#sentAt = undefined
    this.#dueAt = now + this.#options.backoff(1)
  }

  /** Whether the session has just run out. */
  runsOut(now: number): boolean {
    if (this.#dueAt === NEVER || !this.isInTouch || now < this.#heardAt + this.#options.sessionTimeout) return false
    this.isInTouch = false
    return true
  }

  #touch(at: number, now: number): boolean {
    this.#heardAt = at
    if (this.isInTouch || now >= at + this.#options.sessionTimeout) return false
    this.isInTouch = true
    return true
  }
}
