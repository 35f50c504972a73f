import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deadManSwitch } from './dead-man-switch.js'
import { brokersKnown } from './exchange.js'
import { javaProgram, lightJvm } from './run-java.js'
import { host, type Listener, type Ports } from './server-properties.js'

/** Where a node's files are and how its JVM is started. */
export interface NodePlan {
  readonly id: number
  readonly ports: Ports
  readonly properties: string
  readonly logFile: string
  readonly classPath: string
  readonly jvm: readonly string[]
}

/** One broker of a cluster: a JVM that keeps its ports and its data over restarts. */
export class KafkaNode {
  readonly id: number
  readonly host = host
  readonly ports: Ports
  readonly logFile: string
  readonly #plan: NodePlan
  #child: ChildProcess | undefined
  #frozen = false
  /** Of the last JVM; resolves when it has ended. */
  #exited: Promise<void> = Promise.resolve()

  constructor(plan: NodePlan) {
    this.id = plan.id
    this.ports = plan.ports
    this.logFile = plan.logFile
    this.#plan = plan
  }

  /** Of the running JVM; undefined when there is none. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Whether a JVM runs, and is not frozen. */
  get answers(): boolean {
    return this.#child !== undefined && !this.#frozen
  }

  /** The port of a listener that the cluster was started with. */
  port(listener: Listener): number {
    const port = this.ports[listener]
    if (port === undefined) throw new Error(`node ${this.id} has no ${listener} listener`)
    return port
  }

  /**
   * Starts the JVM, where none runs, and resolves when it answers and knows of `brokers` brokers, itself included.
   * Rejects with the end of its log when it dies or takes too long.
   */
  async start(brokers = 1, timeout = 90_000): Promise<void> {
    this.#spawn()
    const deadline = performance.now() + timeout
    while ((await brokersKnown(this.ports.INTERNAL).catch(() => 0)) < brokers) {
      if (this.#child === undefined) throw await this.#failure('ended while it started')
      if (performance.now() > deadline) throw await this.#failure(`was not ready within ${timeout} ms`)
      await sleep(25)
    }
  }

  /** Ends it in good order, as an operator would; after 30 s by force. */
  async stop(): Promise<void> {
    this.#signal('SIGCONT')
    this.#signal('SIGTERM')
    const force = setTimeout(() => this.#signal('SIGKILL'), 30_000)
    await this.#exited
    clearTimeout(force)
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL')
    await this.#exited
  }

  /** Ends it in good order and starts it again, its data and ports kept; resolves as {@link start} does. */
  async restart(brokers = 1): Promise<void> {
    await this.stop()
    await this.start(brokers)
  }

  /** Freezes it (SIGSTOP): its kernel still accepts connections and bytes, nobody answers. Resolves when it is frozen. */
  async freeze(): Promise<void> {
    const pid = this.pid
    if (pid === undefined) throw new Error(`node ${this.id} is not running`)
    this.#frozen = true
    this.#signal('SIGSTOP')
    while (!(await processState(pid)).startsWith('T')) await sleep(5)
  }

  /** Lets it go on after {@link freeze} (SIGCONT). */
  async thaw(): Promise<void> {
    this.#frozen = false
    this.#signal('SIGCONT')
  }

  /** All that it has logged, earlier starts included. */
  log(): Promise<string> {
    return readFile(this.logFile, 'utf8').catch(() => '')
  }

  #spawn(): void {
    if (this.#child !== undefined) return
    const { classPath, jvm, properties } = this.#plan
    const log = openSync(this.logFile, 'a')
    const args = [...lightJvm, ...loggerOptions, ...jvm, '-cp', classPath, 'kafka.Kafka', properties]
    // In a process group of its own, so that ctrl-C in a terminal leaves it to us in which order things end.
    const child = spawn(javaProgram('java'), args, { stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    const { pid } = child
    if (pid !== undefined) deadManSwitch.watch(pid)
    this.#child = child
    this.#frozen = false
    this.#exited = new Promise(resolve => {
      const ended = () => {
        if (pid !== undefined) deadManSwitch.forget(pid)
        this.#child = undefined
        resolve()
      }
      child.once('exit', ended)
      child.once('error', ended)
    })
  }

  #signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async #failure(what: string): Promise<Error> {
    await this.kill()
    const lines = (await this.log()).trimEnd().split('\n')
    // A broker that fails while it starts logs the reason and then a long shutdown.
    const reasons = lines.filter(line => /ERROR|Exception|Caused by/.test(line)).slice(0, 20)
    const shown = (reasons.length > 0 ? reasons : lines.slice(-30)).join('\n')
    return new Error(`Kafka node ${this.id} ${what}; from ${this.logFile}:\n${shown}`)
  }
}

// A broker prints its 400 settings at every start and each client's too: not for a log that a person reads.
const loggerOptions = [
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
  '-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=warn',
]

/** As ps prints it; `T` when stopped. */
async function processState(pid: number): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'state=', '-p', String(pid)])
  return stdout.trim()
}
