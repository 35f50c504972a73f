import { ArgumentError } from '../../errors.js'
import { answer, encodeOutcome, type Question, toldInstead } from './answer.js'
import { chance } from './chance.js'
import type { Client } from './client.js'
import { type Cluster, createCluster } from './cluster.js'
import { createTopic } from './create-topic.js'
import { frame } from './encode-answer.js'
import { Faults } from './faults.js'
import type { RequestContext } from './handler.js'
import { handlers } from './handlers.js'
import { nodeDown, nodeUp } from './leadership.js'
import { type Line, lineOf } from './line.js'
import type { Node } from './node.js'
import type { EmbeddedBrokerSettings } from './options.js'
import { LastAnswer, type Outcome, Wait } from './outcome.js'
import { type ParsedRequest, parseRequest } from './parse-request.js'
import { openSaslSession, type SaslSession } from './sasl-session.js'
import { timers } from './timers.js'

/** What the world is to do: an answer to the oldest request of a connection that has none (no bytes: done without one). */
export type Effect =
  | { readonly connection: number; readonly answer: readonly Uint8Array[] }
  | { readonly connection: number; readonly close: true }

/** The most bytes of answers that clients have not taken: with more, a fetch gets no more than one batch. */
const maxAnswerBytes = 128 * 1024 * 1024

/** A request on its way to its answer. */
interface Job extends Question {
  readonly line: Line
}

/**
 * The embedded cluster as a state machine: events with the time they happen at go in, effects come out. It has no clock,
 * no chance of its own, no I/O: whoever drives it tells it when {@link Machine.due} has come.
 */
export class Machine {
  readonly cluster: Cluster
  readonly faults = new Faults()
  readonly #lines = new Map<number, Line>()
  readonly #timers = timers()
  /** Of all answers that are on their way out. */
  #answerBytes = 0
  #nextConnection = 1
  #effects: Effect[] = []

  /** @throws {ArgumentError} when a topic of the options cannot be created */
  constructor(settings: EmbeddedBrokerSettings) {
    this.cluster = createCluster(settings, chance(settings.seed), this.#timers)
    for (const [name, topic] of settings.topics) {
      const { partitions = -1, replicationFactor = -1 } = topic
      const config = Object.fromEntries(
        Object.entries(topic.config ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
      )
      const created = createTopic(this.cluster, { name, partitions, replicationFactor, config })
      if ('error' in created) throw new ArgumentError(`topic ${name}: ${created.message}`)
    }
  }

  /** When {@link Machine.advance} is to be called; Infinity: not before the next event. */
  get due(): number {
    return this.#timers.next()
  }

  /** The connections that are open. */
  get clients(): Client[] {
    return [...this.#lines.values()]
  }

  /** A client has connected; undefined when the node is down, which no client can reach. */
  connect(nodeId: number, host: string): number | undefined {
    const { cluster } = this
    if (cluster.nodes.get(nodeId)?.isUp !== true) return undefined
    const id = this.#nextConnection++
    const sasl = cluster.settings.sasl && openSaslSession(cluster.settings.sasl, cluster.random)
    const client = { id, nodeId, host, clientId: '', software: '', sasl }
    this.#lines.set(id, lineOf(client))
    return id
  }

  /** A request has come: a frame without its length. */
  receive(connection: number, frame: Buffer, now: number): readonly Effect[] {
    this.#reach(now)
    const line = this.#lines.get(connection)
    line?.waiting.push(frame)
    if (line !== undefined) this.#serve(line, now)
    return this.#settled(now)
  }

  /** The client's side has taken an answer. */
  taken(connection: number, now: number): readonly Effect[] {
    this.#reach(now)
    const line = this.#lines.get(connection)
    if (line !== undefined) {
      line.isBusy = false
      this.#release(line)
      this.#serve(line, now)
    }
    return this.#settled(now)
  }

  /** A client is gone. */
  disconnect(connection: number, now: number): readonly Effect[] {
    const line = this.#lines.get(connection)
    if (line !== undefined) this.#release(line)
    if (line?.parked?.isHeld === false) line.parked.cancel()
    this.#lines.delete(connection)
    return this.#settled(now)
  }

  /** The time has come for what was due. */
  advance(now: number): readonly Effect[] {
    this.#reach(now)
    return this.#settled(now)
  }

  /** Something is about to be changed from outside. */
  change(now: number): void {
    this.cluster.now = now
  }

  /** Something was changed from outside: what waited for it goes on. */
  settled(now: number): readonly Effect[] {
    this.#reach(now)
    return this.#settled(now)
  }

  /** Cuts connections. */
  hangUp(isMeant: (client: Client) => boolean): void {
    for (const line of [...this.#lines.values()]) if (isMeant(line)) this.#close(line)
  }

  /** Takes a broker down: its connections are cut, others lead what it led. */
  stop(nodeId: number): void {
    const node = this.cluster.nodes.get(nodeId)
    if (node === undefined || !node.isUp) return
    node.isUp = false
    node.fetchSessions.clear()
    nodeDown(this.cluster, nodeId)
    this.hangUp(client => client.nodeId === nodeId)
  }

  /** Brings it up again. */
  start(nodeId: number): void {
    const node = this.cluster.nodes.get(nodeId)
    if (node === undefined || node.isUp) return
    node.isUp = true
    nodeUp(this.cluster, nodeId)
  }

  #reach(now: number): void {
    this.cluster.now = now
    this.#timers.run(now)
  }

  /** Takes up requests of a connection until one of them has to wait. */
  #serve(line: Line, now: number): void {
    while (!line.isBusy && !line.isMuted && this.#lines.has(line.id)) {
      const received = line.waiting.shift()
      if (received === undefined) return
      if (line.sasl?.takesBareMessages === true) {
        this.#authenticate(line, line.sasl, received, now)
        continue
      }
      const request = parseRequest(received, handlers)
      if (request === undefined) this.#close(line)
      else this.#begin(line, request, now)
    }
  }

  /** A message of a mechanism that is no request, and so is its answer; when it is refused there is none. */
  #authenticate(line: Line, sasl: SaslSession, message: Buffer, now: number): void {
    const { error, bytes } = sasl.authenticate(message, now)
    if (error === 'NONE') this.#answer(line, frame(bytes))
    else this.#close(line)
  }

  #begin(line: Line, request: ParsedRequest, now: number): void {
    line.isBusy = true
    line.clientId = request.clientId
    const { handler, version, body } = request
    const { cluster } = this
    const node = cluster.nodes.get(line.nodeId) as Node
    const room = () => Math.max(maxAnswerBytes - this.#answerBytes, 0)
    const context: RequestContext = { cluster, node, client: line, version, now, handlers, room, refusal: () => 0 }
    const injection = this.faults.hit(() => ({
      api: handler.api.name,
      nodeId: node.id,
      clientId: line.clientId,
      connection: line.id,
      places: [...(handler.places?.(body, context) ?? [])],
    }))
    const job: Job = { line, request, context, injection }
    if (injection === undefined) {
      this.#settle(job, answer(job, now), now)
      return
    }
    injection.before()
    // It may have taken the broker down.
    if (!this.#lines.has(line.id)) return
    const { delay } = injection
    if (delay > 0)
      this.#park(
        job,
        new Wait(
          now + delay,
          () => undefined,
          at => answer(job, at),
        ),
        true,
      )
    else this.#settle(job, answer(job, now), now)
  }

  /** Takes an outcome: answers, or parks the request until it can be. */
  #settle(job: Job, outcome: Outcome<unknown>, now: number): void {
    if (!this.#lines.has(job.line.id)) return
    if (outcome instanceof Wait) this.#park(job, outcome, false)
    else this.#finish(job, outcome, now)
  }

  #park(job: Job, wait: Wait<unknown>, isHeld: boolean): void {
    const { line } = job
    const settle = (later: Outcome<unknown>, at: number): void => {
      line.parked?.cancel()
      line.parked = undefined
      this.#settle(job, later, at)
      this.#serve(line, at)
    }
    const timer = this.#timers.at(wait.due, at => settle(wait.expired(at), at))
    line.parked = { wait, settle, cancel: timer.cancel, isHeld }
  }

  /** The request has had its effect. */
  #finish(job: Job, outcome: unknown, now: number): void {
    const { line, injection } = job
    if (injection?.cut !== 'before') injection?.after()
    const late = injection?.late ?? 0
    if (late === 0) this.#tell(job, outcome, now)
    else {
      this.#timers.at(now + late, at => {
        this.#tell(job, outcome, at)
        this.#serve(line, at)
      })
    }
  }

  /** Sends the answer, or what a fault makes of it. */
  #tell(job: Job, outcome: unknown, now: number): void {
    const { line, injection } = job
    if (!this.#lines.has(line.id)) return
    const told = toldInstead(job, outcome, now)
    if (told === 'hang up' || injection?.cut !== undefined) {
      this.#close(line)
      return
    }
    line.isBusy = false
    line.isLost ||= injection?.lose === true
    if (line.isLost) return
    const throttle = injection?.throttle ?? 0
    if (throttle > 0) this.#mute(line, now + throttle)
    this.#answer(line, encodeOutcome(job, told))
    if (told instanceof LastAnswer) this.#close(line)
  }

  /** The next request is taken up when this has gone out, as Kafka does. */
  #answer(line: Line, bytes: readonly Uint8Array[]): void {
    line.isBusy = bytes.length > 0
    line.answerBytes = bytes.reduce((sum, part) => sum + part.length, 0)
    this.#answerBytes += line.answerBytes
    this.#effects.push({ connection: line.id, answer: bytes })
  }

  /** Nothing is on its way out to this client any more. */
  #release(line: Line): void {
    this.#answerBytes -= line.answerBytes
    line.answerBytes = 0
  }

  #mute(line: Line, until: number): void {
    line.isMuted = true
    this.#timers.at(until, now => {
      line.isMuted = false
      this.#serve(line, now)
    })
  }

  /** Asks what is parked, until nothing more comes of it; then all effects so far. */
  #settled(now: number): readonly Effect[] {
    for (let progress = true; progress; ) {
      progress = false
      for (const { parked } of this.#lines.values()) {
        const outcome = parked?.wait.ready(now)
        if (outcome === undefined) continue
        parked?.settle(outcome, now)
        progress = true
      }
    }
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #close(line: Line): void {
    if (!this.#lines.has(line.id)) return
    line.parked?.cancel()
    this.#release(line)
    this.#lines.delete(line.id)
    this.#effects.push({ connection: line.id, close: true })
  }
}
