import type { SchedulerLike, Subscription } from 'rxjs'
import { turnsOf } from '../../connection/system-scheduler.js'
import type { Effect, Machine } from './machine.js'

/** What a connection's end of the world does for it. */
export interface Sink {
  /** The oldest request without an answer is answered; no bytes: it is done without one. */
  answer(bytes: readonly Uint8Array[]): void
  close(): void
}

/**
 * Gives the machine its time and carries out its effects, one event after another: what an effect leads to at once, as a
 * client in the same process that asks again inside its answer, waits until the event is done.
 */
export class Driver {
  readonly machine: Machine
  /** Where what is read is handed on. */
  readonly turns: SchedulerLike
  readonly #scheduler: SchedulerLike
  readonly #sinks = new Map<number, Sink>()
  readonly #events: ((now: number) => readonly Effect[])[] = []
  readonly #onFailed: (error: unknown) => void
  #isBusy = false
  #isStopped = false
  #alarm: Subscription | undefined
  #alarmDue = Number.POSITIVE_INFINITY

  constructor(machine: Machine, scheduler: SchedulerLike, onFailed: (error: unknown) => void) {
    this.machine = machine
    this.turns = turnsOf(scheduler)
    this.#scheduler = scheduler
    this.#onFailed = onFailed
  }

  /** A client has connected; undefined when the broker is down. */
  open(nodeId: number, host: string, sink: Sink): number | undefined {
    const id = this.machine.connect(nodeId, host)
    if (id !== undefined) this.#sinks.set(id, sink)
    return id
  }

  receive(connection: number, frame: Buffer): void {
    this.#handle(now => this.machine.receive(connection, frame, now))
  }

  /** What was answered last has gone out. */
  taken(connection: number): void {
    if (this.#sinks.has(connection)) this.#handle(now => this.machine.taken(connection, now))
  }

  /** The client is gone. */
  close(connection: number): void {
    if (this.#sinks.delete(connection)) this.#handle(now => this.machine.disconnect(connection, now))
  }

  /** Changes something from outside: at once, even from inside a fault's callback. */
  control<T>(change: () => T): T {
    this.machine.change(this.#scheduler.now())
    const result = change()
    this.#handle(now => this.machine.settled(now))
    return result
  }

  /** All brokers are down, and nothing happens any more. */
  stop(): void {
    this.#isStopped = true
    for (const nodeId of this.machine.cluster.nodes.keys()) this.machine.stop(nodeId)
    this.#alarm?.unsubscribe()
    this.#events.length = 0
    for (const sink of [...this.#sinks.values()]) sink.close()
    this.#sinks.clear()
  }

  #handle(event: (now: number) => readonly Effect[]): void {
    this.#events.push(event)
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        for (const effect of next(this.#scheduler.now())) this.#carryOut(effect)
      }
      this.#arm()
    } catch (error) {
      this.#onFailed(error)
    } finally {
      this.#isBusy = false
    }
  }

  #carryOut(effect: Effect): void {
    const sink = this.#sinks.get(effect.connection)
    if ('answer' in effect) {
      sink?.answer(effect.answer)
    } else {
      this.#sinks.delete(effect.connection)
      sink?.close()
    }
  }

  /** One alarm, for what is due first. */
  #arm(): void {
    // Else what leaves as it stops would arm it again.
    if (this.#isStopped) return
    const { due } = this.machine
    if (due === this.#alarmDue) return
    this.#alarm?.unsubscribe()
    this.#alarm = undefined
    this.#alarmDue = due
    if (due === Number.POSITIVE_INFINITY) return
    this.#alarm = this.#scheduler.schedule(
      () => {
        this.#alarmDue = Number.POSITIVE_INFINITY
        this.#handle(now => this.machine.advance(now))
      },
      Math.max(due - this.#scheduler.now(), 0),
    )
  }
}
