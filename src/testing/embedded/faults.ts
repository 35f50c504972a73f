import type { Unsubscribable } from 'rxjs'
import { checkFunction, describe } from '../../connection/check-arguments.js'
import { ArgumentError } from '../../errors.js'
import { type ErrorName, errors } from '../../protocol/error-codes.js'
import { code } from './error-code.js'
import type { Place } from './handler.js'
import { handlers } from './handlers.js'
import { type ServedApi, servedApis } from './served-apis.js'

/** Which requests a fault is for: those for which all holds that is given. */
export interface FaultTarget {
  /** Default: any API. */
  readonly api?: ServedApi | readonly ServedApi[]
  /** That reach this broker. */
  readonly nodeId?: number
  /** Of clients that call themselves so. */
  readonly clientId?: string
  /** On this connection, by the id that {@link EmbeddedBroker.connections} has for it. */
  readonly connection?: number
  /** That name this topic, of APIs whose requests name any; an `error` is then for this topic alone. */
  readonly topic?: string
  /** That name this partition of `topic`; an `error` is then for this partition alone. */
  readonly partition?: number
  /** How many such requests pass before the first that is hit; default 0. */
  readonly skip?: number
  /** How many are hit, at least 1; default 1. `Infinity`: all, until it is taken back. */
  readonly times?: number
}

/** What a fault does to a request; any of these together, in this order, but that `cut: 'before'` leaves no more to do. */
export interface FaultEffect {
  /** Called when the request comes, before it is looked at: to move a leader, or to stop a broker. */
  readonly before?: () => void
  /**
   * How long the request lies there before it is handled, in ms; what comes behind it on its connection waits too. It is
   * handled even if the client has gone meanwhile, as Kafka handles what it has read, but not if its broker goes down or
   * hangs up.
   */
  readonly delay?: number
  /** The request is refused with this error and has no effect. */
  readonly error?: ErrorName
  /** Hang up: `before` the request has had its effect, or `after`, without the answer. */
  readonly cut?: 'before' | 'after'
  /** Called when the request has had its effect, before it is answered. */
  readonly after?: () => void
  /** The request has its effect; this and all later answers on the connection, which stays open, are lost. */
  readonly lose?: boolean
  /** The answer asks the client to hold back for so many ms, and for as long the broker reads nothing from it (KIP-219). */
  readonly throttle?: number
  /** What is sent instead of the answer, which it gets as it is on the wire, the length before it included. */
  readonly bytes?: (answer: Buffer) => Uint8Array
}

/** A fault to be injected: what for, and what then. */
export interface FaultOptions extends FaultTarget, FaultEffect {}

/** A fault that was injected; unsubscribing takes it back. */
export interface Fault extends Unsubscribable {
  /** How many requests it has hit. */
  readonly hits: number
}

/** A request as faults see it. */
export interface Suspect {
  readonly api: string
  readonly nodeId: number
  readonly clientId: string
  readonly connection: number
  readonly places: readonly Place[]
}

/** All faults that hit one request, as one. */
export interface Injection {
  before(): void
  after(): void
  readonly delay: number
  readonly cut: 'before' | 'after' | undefined
  readonly lose: boolean
  readonly throttle: number
  /** For the request as a whole; 0 for none. */
  readonly errorCode: number
  /** For a topic, or a partition; 0 for none. */
  refusal(topic: string, partition?: number): number
  bytes(answer: Buffer): Uint8Array
}

/** The faults of a cluster. */
export class Faults {
  readonly #faults = new Set<{ readonly options: FaultOptions; passed: number; hits: number }>()

  /** @throws {ArgumentError} when an option cannot be right */
  add(options: FaultOptions): Fault {
    checkFault(options)
    const fault = { options, passed: 0, hits: 0 }
    this.#faults.add(fault)
    return {
      get hits() {
        return fault.hits
      },
      unsubscribe: () => void this.#faults.delete(fault),
    }
  }

  /** Counts the request with every fault that it is a target of; what it is hit by. */
  hit(suspect: () => Suspect): Injection | undefined {
    if (this.#faults.size === 0) return undefined
    const request = suspect()
    const hits: FaultOptions[] = []
    for (const fault of this.#faults) {
      const { skip = 0, times = 1 } = fault.options
      if (!isTarget(fault.options, request) || fault.passed++ < skip) continue
      fault.hits++
      hits.push(fault.options)
      if (fault.hits >= times) this.#faults.delete(fault)
    }
    return hits.length === 0 ? undefined : together(hits)
  }
}

function isTarget(target: FaultTarget, request: Suspect): boolean {
  const { api, nodeId, clientId, connection, topic } = target
  if (api !== undefined && !(typeof api === 'string' ? [api] : api).includes(request.api as ServedApi)) return false
  if (nodeId !== undefined && nodeId !== request.nodeId) return false
  if (clientId !== undefined && clientId !== request.clientId) return false
  if (connection !== undefined && connection !== request.connection) return false
  return topic === undefined || request.places.some(place => isPlace(target, place.topic, place.partition))
}

function isPlace({ topic, partition }: FaultTarget, at: string, index: number | undefined): boolean {
  return topic === at && (partition === undefined || index === undefined || partition === index)
}

function together(faults: readonly FaultOptions[]): Injection {
  const errorOf = (fault: FaultOptions | undefined) => (fault?.error === undefined ? 0 : code(fault.error))
  const cuts = faults.map(fault => fault.cut)
  const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0)
  return {
    before: () => faults.forEach(fault => void fault.before?.()),
    after: () => faults.forEach(fault => void fault.after?.()),
    delay: sum(faults.map(fault => fault.delay ?? 0)),
    cut: cuts.includes('before') ? 'before' : cuts.includes('after') ? 'after' : undefined,
    lose: faults.some(fault => fault.lose === true),
    throttle: sum(faults.map(fault => fault.throttle ?? 0)),
    errorCode: errorOf(faults.find(fault => fault.error !== undefined && fault.topic === undefined)),
    refusal: (topic, partition) =>
      errorOf(
        faults.find(
          fault => fault.error !== undefined && (fault.topic === undefined || isPlace(fault, topic, partition)),
        ),
      ),
    bytes: answer => faults.reduce<Uint8Array>((bytes, fault) => fault.bytes?.(Buffer.from(bytes)) ?? bytes, answer),
  }
}

function checkFault(options: FaultOptions): void {
  const { api, error, delay = 0, throttle = 0, partition, topic, skip = 0, times = 1 } = options
  const { cut, before, after, bytes } = options
  const apis: readonly ServedApi[] = typeof api === 'string' ? [api] : (api ?? servedApis)
  const unknown = apis.find(name => !servedApis.includes(name))
  if (unknown !== undefined) {
    throw new ArgumentError(`api must be one that the embedded broker serves; got ${describe(unknown)}`)
  }
  if (error !== undefined && errors[error] === undefined) {
    throw new ArgumentError(`error must be Kafka's name of one, as NOT_LEADER_OR_FOLLOWER; got ${describe(error)}`)
  }
  for (const [name, value] of Object.entries({ delay, throttle, skip })) {
    if (!(typeof value === 'number' && value >= 0)) {
      throw new ArgumentError(`${name} must be 0 or a positive number; got ${describe(value)}`)
    }
  }
  if (!(typeof times === 'number' && times >= 1)) {
    throw new ArgumentError(`times must be at least 1; got ${describe(times)}`)
  }
  if (cut !== undefined && cut !== 'before' && cut !== 'after') {
    throw new ArgumentError(`cut must be 'before' or 'after' the effect; got ${describe(cut)}`)
  }
  for (const [name, value] of Object.entries({ before, after, bytes })) {
    if (value !== undefined) checkFunction(name, value)
  }
  const namesTopics = [...handlers.values()].some(one => one.places && apis.includes(one.api.name as ServedApi))
  if (topic !== undefined && !namesTopics) {
    throw new ArgumentError(`topic: requests of ${apis.join(', ')} name none, so the fault would never hit`)
  }
  if (partition !== undefined && topic === undefined) throw new ArgumentError('partition needs the topic it is of')
}
