import type { Unsubscribable } from 'rxjs'
import { checkBoolean, checkFunction } from '../../connection/check-arguments.js'
import { checkOptions, describe, type OptionNames } from '../../errors/check-options.js'
import { nearestName } from '../../errors/nearest-name.js'
import { ArgumentError } from '../../errors.js'
import { type ErrorName, errors } from '../../protocol/error-codes.js'
import { code } from './error-code.js'
import type { Place } from './handler.js'
import { handlers } from './handlers.js'
import { type ServedApi, servedApis } from './served-apis.js'

/** Which requests a fault is for: those for which all holds that is given. */
export interface FaultTarget {
  /** Default: any API. */
  readonly api?: ServedApi | readonly ServedApi[] | undefined
  /** That reach this broker. */
  readonly nodeId?: number | undefined
  /** Of clients that call themselves so. */
  readonly clientId?: string | undefined
  /** On this connection, by the id that {@link EmbeddedBroker.connections} has for it. */
  readonly connection?: number | undefined
  /** That name this topic, of APIs whose requests name any; an `error` is then for this topic alone. */
  readonly topic?: string | undefined
  /** That name this partition of `topic`; an `error` is then for this partition alone. */
  readonly partition?: number | undefined
  /** How many such requests pass before the first that is hit; default 0. */
  readonly skip?: number | undefined
  /** How many are hit, at least 1; default 1. `Infinity`: all, until it is taken back. */
  readonly times?: number | undefined
}

/** What a fault does to a request; any of these together, in this order, but that `cut: 'before'` leaves no more to do. */
export interface FaultEffect {
  /** Called when the request comes, before it is looked at: to move a leader, or to stop a broker. */
  readonly before?: (() => void) | undefined
  /**
   * How long the request lies there before it is handled, in ms; what comes behind it on its connection waits too. It is
   * handled even if the client has gone meanwhile, as Kafka handles what it has read, but not if its broker goes down or
   * hangs up. `Infinity`: it is lost, and nothing more is heard on its connection.
   */
  readonly delay?: number | undefined
  /** The request is refused with this error and has no effect. */
  readonly error?: ErrorName | undefined
  /** The request has its effect, and is answered with this error all the same, for all that it names. */
  readonly errorAfter?: ErrorName | undefined
  /** Hang up: `before` the request has had its effect, or `after`, without the answer. */
  readonly cut?: 'before' | 'after' | undefined
  /** Called when the request has had its effect, before it is answered. */
  readonly after?: (() => void) | undefined
  /** The request has its effect, and the answer goes out, or the broker hangs up, so many ms later. */
  readonly late?: number | undefined
  /** The request has its effect; this and all later answers on the connection, which stays open, are lost. */
  readonly lose?: boolean | undefined
  /** The answer asks the client to hold back for so many ms, and for as long the broker reads nothing from it (KIP-219). */
  readonly throttle?: number | undefined
  /** What is sent instead of the answer, which it gets as it is on the wire, the length before it included. */
  readonly bytes?: ((answer: Buffer) => Uint8Array) | undefined
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
  readonly late: number
  readonly cut: 'before' | 'after' | undefined
  readonly lose: boolean
  readonly throttle: number
  /** For the request as a whole; 0 for none. */
  readonly errorCode: number
  /** For all that the request names, after its effect; 0 for none. */
  readonly errorCodeAfter: number
  /** For a topic, or a partition; 0 for none. */
  refusal(topic: string, partition?: number): number
  /** Undefined where the answer goes out as it is. */
  readonly bytes: ((answer: Buffer) => Uint8Array) | undefined
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
  const codeOf = (error: ErrorName | undefined) => (error === undefined ? 0 : code(error))
  const cuts = faults.map(fault => fault.cut)
  const sum = (numbers: readonly number[]) => numbers.reduce((one, other) => one + other, 0)
  return {
    before: () => faults.forEach(fault => void fault.before?.()),
    after: () => faults.forEach(fault => void fault.after?.()),
    delay: sum(faults.map(fault => fault.delay ?? 0)),
    late: sum(faults.map(fault => fault.late ?? 0)),
    cut: cuts.includes('before') ? 'before' : cuts.includes('after') ? 'after' : undefined,
    lose: faults.some(fault => fault.lose === true),
    throttle: sum(faults.map(fault => fault.throttle ?? 0)),
    errorCode: codeOf(faults.find(fault => fault.error !== undefined && fault.topic === undefined)?.error),
    errorCodeAfter: codeOf(faults.find(fault => fault.errorAfter !== undefined)?.errorAfter),
    refusal: (topic, partition) =>
      codeOf(
        faults.find(
          fault => fault.error !== undefined && (fault.topic === undefined || isPlace(fault, topic, partition)),
        )?.error,
      ),
    bytes: faults.some(fault => fault.bytes !== undefined)
      ? answer => faults.reduce<Uint8Array>((bytes, fault) => fault.bytes?.(Buffer.from(bytes)) ?? bytes, answer)
      : undefined,
  }
}

const faultNames: OptionNames<FaultOptions> = {
  api: true,
  nodeId: true,
  clientId: true,
  connection: true,
  topic: true,
  partition: true,
  skip: true,
  times: true,
  before: true,
  delay: true,
  error: true,
  errorAfter: true,
  cut: true,
  after: true,
  late: true,
  lose: true,
  throttle: true,
  bytes: true,
}

function checkFault(options: FaultOptions): void {
  checkOptions(options, faultNames, 'fault()')
  const { api, error, errorAfter, delay = 0, late = 0, throttle = 0, partition, topic, skip = 0, times = 1 } = options
  const { cut, lose, before, after, bytes } = options
  const apis: readonly ServedApi[] = typeof api === 'string' ? [api] : (api ?? servedApis)
  for (const name of apis) checkName('api', name, servedApis, 'one that the embedded broker serves')
  for (const [name, value] of Object.entries({ error, errorAfter })) {
    if (value !== undefined)
      checkName(name, value, Object.keys(errors), "Kafka's name of one, as NOT_LEADER_OR_FOLLOWER")
  }
  for (const [name, value] of Object.entries({ delay, late, throttle, skip })) {
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
  if (lose !== undefined) checkBoolean('lose', lose)
  for (const [name, value] of Object.entries({ before, after, bytes })) {
    if (value !== undefined) checkFunction(name, value)
  }
  const namesTopics = [...handlers.values()].some(one => one.places && apis.includes(one.api.name as ServedApi))
  if (topic !== undefined && !namesTopics) {
    throw new ArgumentError(`topic: requests of ${apis.join(', ')} name none, so the fault would never hit`)
  }
  if (partition !== undefined && topic === undefined) throw new ArgumentError('partition needs the topic it is of')
  if (error !== undefined && errorAfter !== undefined && topic === undefined) {
    throw new ArgumentError('errorAfter would do nothing: with `error` there is no effect')
  }
  const isUnanswered = cut !== undefined || lose === true
  const idle = Object.entries({ errorAfter, bytes, throttle: throttle || undefined }).find(
    ([, value]) => value !== undefined,
  )
  if (isUnanswered && idle !== undefined) {
    throw new ArgumentError(
      `${idle[0]} would do nothing: with \`${cut === undefined ? 'lose' : 'cut'}\` there is no answer`,
    )
  }
}

function checkName(option: string, value: string, names: readonly string[], what: string): void {
  if (names.includes(value)) return
  const nearest = typeof value === 'string' ? nearestName(value, names) : undefined
  throw new ArgumentError(
    `${option} must be ${what}; got ${describe(value)}${nearest === undefined ? '' : `: did you mean ${nearest}?`}`,
  )
}
