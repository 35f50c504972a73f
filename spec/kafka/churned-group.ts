import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lastValueFrom } from 'rxjs'
import type { Kafka } from '../../src/kafka.js'
import { OffsetFetch } from '../../src/protocol/index.js'
import { fromSource } from '../built-package.js'
import { type UserProject, userProject } from '../user-project.js'
import { GroupLedger } from './group-ledger.js'
import { deadManSwitch } from './harness/dead-man-switch.js'

/** A project with the program of a member, compiled. */
export function memberProject(): UserProject {
  const project = userProject(fromSource)
  project.write('member.ts', readFileSync(new URL('group-member.ts', import.meta.url), 'utf8'))
  const complaints = project.compile()
  if (complaints !== '') throw new Error(complaints)
  return project
}

export interface ChurnOptions {
  readonly project: UserProject
  readonly bootstrap: readonly string[]
  readonly group: string
  readonly protocol: 'classic' | 'consumer'
  readonly topic: string
}

interface Member {
  readonly name: string
  readonly child: ChildProcess
  readonly file: string
}

/** How the members of a group read, in turn. */
const ways = ['partition', 'batches', 'none'] as const

/** A group whose members are processes that come, leave and are killed. */
export class ChurnedGroup {
  readonly ledger: GroupLedger
  readonly #options: ChurnOptions
  readonly #living = new Set<Member>()
  /** Up to where each file was read. */
  readonly #read = new Map<string, { readonly member: string; readonly descriptor: number; rest: string }>()
  #count = 0

  constructor(options: ChurnOptions) {
    this.#options = options
    this.ledger = new GroupLedger(options.group)
  }

  get size(): number {
    return this.#living.size
  }

  join(): void {
    const { project, bootstrap, group, protocol, topic } = this.#options
    const reads = ways[this.#count % ways.length] as string
    const name = `${group}-${this.#count++}-${reads}`
    const file = join(project.folder, `${name}.log`)
    closeSync(openSync(file, 'a'))
    const env = {
      KAFKA_BROKERS: bootstrap.join(),
      GROUP: group,
      PROTOCOL: protocol,
      TOPIC: topic,
      FILE: file,
      READS: reads,
    }
    const child = spawn(process.execPath, [join(project.folder, 'member.js')], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    if (child.pid !== undefined) deadManSwitch.watch(child.pid)
    const member = { name, child, file }
    child.stderr?.setEncoding('utf8').on('data', text => this.ledger.breaches.push(`${name} printed ${text}`))
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) deadManSwitch.forget(child.pid)
      this.#living.delete(member)
      const isEarly = signal === 'SIGTERM' && statSync(file).size === 0
      if (code !== 0 && signal !== 'SIGKILL' && !isEarly)
        this.ledger.breaches.push(`${name} ended with ${code ?? signal}`)
    })
    this.#living.add(member)
    this.#read.set(file, { member: name, descriptor: openSync(file, 'r'), rest: '' })
  }

  /** One of them unsubscribes, commits, leaves and ends. */
  async leave(random: () => number): Promise<void> {
    const member = this.#oneOf(random)
    if (member === undefined) return
    this.ledger.count('left')
    await this.#end(member)
  }

  /** All of them. */
  async leaveAll(): Promise<void> {
    await Promise.all([...this.#living].map(member => this.#end(member)))
  }

  /** One of them is killed as it stands. */
  async kill(random: () => number): Promise<void> {
    const member = this.#oneOf(random)
    if (member === undefined) return
    this.ledger.count('killed')
    this.#living.delete(member)
    this.ledger.kill(member.name)
    const ended = once(member.child, 'exit')
    member.child.kill('SIGKILL')
    await ended
  }

  /** Comes and goes by chance. */
  async churn(random: () => number, isOver: () => boolean): Promise<void> {
    const leaving: Promise<void>[] = []
    while (!isOver()) {
      const chance = random()
      if (this.size < 2 || (this.size < 4 && chance < 0.4)) this.join()
      else if (chance < 0.7) await this.kill(random)
      else leaving.push(this.leave(random))
      await sleep(500 + random() * 4000)
    }
    await Promise.all(leaving)
  }

  /** What is committed, and then what was handled; nothing where no coordinator answers. */
  async look(kafka: Kafka): Promise<ReadonlyMap<number, bigint> | undefined> {
    const committed = await this.#committed(kafka).catch(() => undefined)
    this.read()
    if (committed !== undefined) this.ledger.look(committed)
    return committed
  }

  /** Takes note of what was written since the last time. */
  read(): void {
    const buffer = Buffer.allocUnsafe(1 << 20)
    for (const log of this.#read.values()) {
      for (;;) {
        const length = readSync(log.descriptor, buffer)
        if (length === 0) break
        const lines = (log.rest + buffer.toString('latin1', 0, length)).split('\n')
        log.rest = lines.pop() ?? ''
        for (const line of lines) this.ledger.note(log.member, line)
      }
    }
  }

  close(): void {
    for (const { descriptor } of this.#read.values()) closeSync(descriptor)
    for (const { child } of this.#living) child.kill('SIGKILL')
  }

  async #committed(kafka: Kafka): Promise<ReadonlyMap<number, bigint>> {
    const { group, topic } = this.#options
    const asked = { groupId: group, memberId: null, memberEpoch: -1, topics: null }
    const body = { groups: [asked], requireStable: true }
    const to = { coordinator: { group } }
    // Version 10 has topics by their ids.
    const { groups } = await lastValueFrom(kafka.request(OffsetFetch, body, { to, version: 9, timeout: 3000 }))
    if (groups[0]?.errorCode !== 0) throw new Error(`error ${groups[0]?.errorCode}`)
    const found = groups[0].topics.find(({ name }) => name === topic)?.partitions ?? []
    return new Map(found.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]))
  }

  async #end(member: Member): Promise<void> {
    this.#living.delete(member)
    if (member.child.exitCode !== null || member.child.signalCode !== null) return
    const ended = once(member.child, 'exit')
    member.child.kill('SIGTERM')
    const isLate = await Promise.race([ended.then(() => false), sleep(120_000, true)])
    if (!isLate) return
    this.ledger.breaches.push(`${member.name} does not end`)
    member.child.kill('SIGKILL')
  }

  #oneOf(random: () => number): Member | undefined {
    return [...this.#living][Math.floor(random() * this.#living.size)]
  }
}
