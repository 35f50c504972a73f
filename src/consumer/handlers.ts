import type { Observable, ObservableInput, Subscriber } from 'rxjs'
import { Alarm } from '../cluster/alarm.js'
import { messageOf } from '../connection/message-of.js'
import { streamOf } from '../connection/stream-of.js'
import { type Clock, clockOf } from '../connection/system-scheduler.js'
import type { HandlingConfig } from './consume-options.js'
import type { ConsumerRecord } from './consumer-record.js'
import type { Consuming } from './consuming.js'
import type { HandlerContext } from './handler.js'
import { HandlerError, HandlerTimeoutError, placeOf, undeserialized } from './handler-error.js'
import type { Held } from './held.js'
import { Order } from './order.js'
import { Running, type RunningOwner } from './running.js'

/** What is handled: records, or batches of them. */
export interface Kind<Item> {
  readonly handler: (item: Item, context: HandlerContext) => ObservableInput<unknown>
  /** Its record, or the first of them. */
  recordOf(item: Item): ConsumerRecord
  /** With the bytes as they came. */
  raw(item: Item): Item
  /** It is handled: returns how many records that are. */
  acknowledge(item: Item): number
}

/**
 * The handlers of one reader: at most `concurrency`, each with its place in the order, a deadline and, when it fails, an
 * `onError`, which has its place then.
 *
 * One that ends inside its own start leaves no trace: it is in no set, and no clock is read for it.
 */
export class Handlers<Item> implements RunningOwner<Item> {
  readonly order: Order
  readonly #consuming: Consuming
  readonly #config: HandlingConfig<Item>
  readonly #kind: Kind<Item>
  readonly #subscriber: Subscriber<unknown>
  readonly #clock: Clock
  /** One timer for all: the first in it is the first whose time is over. */
  readonly #alarm: Alarm
  readonly #running = new Set<Running<Item>>()
  #starting: Running<Item> | undefined
  #state: 'open' | 'ending' | 'ended' = 'open'

  constructor(consuming: Consuming, config: HandlingConfig<Item>, kind: Kind<Item>, subscriber: Subscriber<unknown>) {
    this.#consuming = consuming
    this.#config = config
    this.#kind = kind
    this.#subscriber = subscriber
    this.order = new Order(config.order)
    this.#clock = clockOf(consuming.scheduler)
    this.#alarm = new Alarm(consuming.scheduler, () => this.#expire())
  }

  /** Whether none may be started now. */
  get isFull(): boolean {
    return this.#state !== 'open' || this.#running.size >= this.#config.concurrency
  }

  start(item: Item, held: Held): void {
    this.#launch(new Running(this, item, held, undefined))
  }

  /** A record that its deserializers failed of goes where one goes whose handler failed. */
  startFailed(item: Item, held: Held, error: unknown): void {
    const running = new Running(this, item, held, undefined)
    if (this.#config.onError !== undefined) this.failed(running, error)
    else this.end(undeserialized(this.#kind.recordOf(item), error), running)
  }

  /** None is started any more; completes with the last that runs. */
  drain(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#completeIfDone()
  }

  /** Those of a partition are left. */
  cut(held: Held): void {
    if (this.#starting?.held === held) this.#starting.abandon()
    for (const running of this.#running) {
      if (running.held !== held) continue
      running.abandon()
      this.#giveUp(running)
    }
    this.#completeIfDone()
  }

  /** All are left; what they had is handed out again. */
  stop(left = new Set<Held>()): void {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    this.#alarm.clear()
    if (this.#starting !== undefined && !this.#starting.closed) this.#abandon(this.#starting, left)
    for (const running of this.#running) this.#abandon(running, left)
    this.#running.clear()
    for (const held of left) this.#consuming.restart(held)
  }

  emit(value: unknown): void {
    this.#subscriber.next(value)
  }

  done(running: Running<Item>): void {
    this.#consuming.acknowledged(this.#kind.acknowledge(running.item))
    if (!running.hasPlace) return
    this.#giveUp(running)
    this.#completeIfDone()
  }

  failed(running: Running<Item>, error: unknown): void {
    const { item, held, failure, hasPlace, key } = running
    if (this.#config.onError === undefined || failure !== undefined) {
      this.end(this.#errorOf(running, error), running)
      return
    }
    this.#running.delete(running)
    const rescue = new Running(this, item, held, { error })
    rescue.hasPlace = hasPlace
    rescue.key = key
    this.#launch(rescue)
  }

  /** It ends with this error, of one that is not to be handled again by itself. */
  end(error: unknown, failed?: Running<Item>): void {
    if (this.#state === 'ended') return
    const left = new Set<Held>()
    if (failed !== undefined) this.#abandon(failed, left)
    this.stop(left)
    this.#subscriber.error(error)
  }

  #launch(running: Running<Item>): void {
    this.#starting = running
    const returned = this.#call(running)
    // It may have ended inside: left, or by what the handler has done.
    if (returned !== undefined && !running.closed) returned.subscribe(running)
    if (this.#starting === running) this.#starting = undefined
    if (!running.closed) this.#register(running)
    else if (this.#state === 'ending') this.#completeIfDone()
  }

  #call(running: Running<Item>): Observable<unknown> | undefined {
    const { item, failure } = running
    let returned: ObservableInput<unknown>
    try {
      returned =
        failure === undefined
          ? this.#kind.handler(item, running.context)
          : (this.#config.onError as NonNullable<HandlingConfig<Item>['onError']>)(failure.error, this.#kind.raw(item))
    } catch (error) {
      running.error(error)
      return undefined
    }
    try {
      const stream = streamOf(returned, failure === undefined ? 'the handler' : 'onError')
      running.isPromise =
        (returned as unknown) !== stream && typeof (returned as { then?: unknown }).then === 'function'
      return stream
    } catch (error) {
      this.end(error, running)
      return undefined
    }
  }

  #register(running: Running<Item>): void {
    this.#running.add(running)
    if (!running.hasPlace) {
      running.key = this.order.begin(running.held, this.#kind.recordOf(running.item))
      running.hasPlace = true
    }
    const { handlerTimeout } = this.#config
    if (handlerTimeout === Number.POSITIVE_INFINITY) return
    running.since = this.#clock.now()
    if (!this.#alarm.isSet) this.#alarm.set(running.since + handlerTimeout)
  }

  /** Its place is free. */
  #giveUp(running: Running<Item>): void {
    this.#running.delete(running)
    this.order.end(running.held, running.key)
    const { handout } = this.#consuming
    handout.ready(running.held)
    handout.wake()
  }

  #abandon(running: Running<Item>, left: Set<Held>): void {
    running.abandon()
    if (!running.tenure.isOver && running.tenure.inWork > 0) left.add(running.held)
  }

  #completeIfDone(): void {
    if (this.#state !== 'ending' || this.#running.size > 0 || this.#starting !== undefined) return
    this.#subscriber.complete()
  }

  #expire(): void {
    const { handlerTimeout } = this.#config
    const now = this.#clock.now()
    for (const running of this.#running) {
      if (running.since + handlerTimeout > now) {
        this.#alarm.set(running.since + handlerTimeout)
        return
      }
      running.abandon()
      this.failed(running, this.#timeoutOf(running))
    }
  }

  #timeoutOf({ item, failure }: Running<Item>): HandlerTimeoutError {
    const { handlerTimeout: timeout } = this.#config
    const record = this.#kind.recordOf(item).raw()
    const what = failure === undefined ? 'the handler' : 'onError'
    return new HandlerTimeoutError(`${what} of ${placeOf(record)} took longer than ${timeout} ms`, { record, timeout })
  }

  #errorOf({ item, failure }: Running<Item>, cause: unknown): unknown {
    const record = this.#kind.recordOf(item).raw()
    // What `onError` was given, or what its time was over for, is told as it is.
    if (cause instanceof HandlerError && placeOf(cause.record) === placeOf(record)) return cause
    const what = failure === undefined ? 'the handler' : 'onError'
    return new HandlerError(`${what} of ${placeOf(record)} failed: ${messageOf(cause)}`, { record, cause })
  }
}
