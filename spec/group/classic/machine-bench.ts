import type { TopicPartition } from '../../../src/cluster/topic.js'
import type { ClassicEffect, ClassicEvent, Joined, Synced } from '../../../src/group/classic/classic-events.js'
import { ClassicMachine } from '../../../src/group/classic/classic-machine.js'
import type { ClassicMachineOptions } from '../../../src/group/classic/member-state.js'
import { type ErrorName, errors } from '../../../src/protocol/error-codes.js'
import { listed } from '../virtual-group.js'

export const options: ClassicMachineOptions = {
  group: 'g',
  instanceId: null,
  isEager: false,
  assignors: ['range', 'roundrobin'],
  sessionTimeout: 10_000,
  heartbeatInterval: 1000,
  backoff: attempt => attempt * 100,
}

/** `t-0 t-1` as partitions. */
export function partitions(words: string): TopicPartition[] {
  return words.split(' ').flatMap(word => {
    const [topic, partition] = word.split('-')
    return topic && partition ? [{ topic, partition: Number(partition) }] : []
  })
}

export function joined(error: ErrorName = 'NONE', rest: Partial<Joined> = {}): Joined {
  const isNone = error === 'NONE'
  return {
    errorCode: errors[error].code,
    memberId: isNone ? 'm' : '',
    generationId: isNone ? 1 : -1,
    protocolType: 'consumer',
    protocolName: 'range',
    leader: 'another',
    members: [],
    skipAssignment: false,
    ...rest,
  }
}

export function synced(assignment: string, error: ErrorName = 'NONE'): Synced {
  return {
    errorCode: errors[error].code,
    partitions: partitions(assignment),
    protocolType: 'consumer',
    protocolName: 'range',
  }
}

/** An event; where left out, of the turn that is now, and to who the member is now. */
export type Happening = ClassicEvent extends infer E
  ? E extends { readonly turn: number }
    ? Omit<E, 'turn'> & { readonly turn?: number }
    : E extends { readonly generation: number }
      ? Omit<E, 'memberId' | 'generation'> & { readonly memberId?: string; readonly generation?: number }
      : E
  : never

const ofTurns = new Set(['done', 'joined', 'led', 'synced', 'failed'])
const ofMembers = new Set(['heard', 'unheard', 'refused'])

/** A machine, and what it wants done, in words. */
export function bench(over: Partial<ClassicMachineOptions> = {}) {
  const machine = new ClassicMachine({ ...options, ...over })
  let now = 0
  let turn = 0
  const happen = (happening: Happening): string[] => {
    const { memberId = '', generation = -1 } = machine.identity ?? {}
    const turnNow = ofTurns.has(happening.type) ? { turn } : {}
    const self = ofMembers.has(happening.type) ? { memberId, generation } : {}
    const effects = machine.step({ ...turnNow, ...self, ...happening } as ClassicEvent, now)
    for (const effect of effects) if ('turn' in effect) turn = effect.turn
    return effects.map(inWords)
  }
  return {
    machine,
    happen,
    /** Moves on to a time. */
    at: (time: number): string[] => {
      now = time
      return happen({ type: 'time' })
    },
    /** Is a member of generation 1 that has these. */
    settle(assignment: string): void {
      happen({ type: 'subscribed', topics: ['t'] })
      happen({ type: 'joined', answer: joined() })
      happen({ type: 'synced', answer: synced(assignment) })
      happen({ type: 'done' })
      if (machine.phase !== 'stable') throw new Error(`not settled but ${machine.phase}`)
    },
  }
}

export function inWords(effect: ClassicEffect): string {
  switch (effect.type) {
    case 'revoke':
      return `revoke ${listed(effect.partitions)}`
    case 'assign':
      return `assign ${listed(effect.partitions)} @${effect.generation}`
    case 'lose':
      return `lose ${listed(effect.partitions)} ${effect.cause.code}`
    case 'join': {
      const owned = effect.owned.length === 0 ? '' : ` with ${listed(effect.owned)} @${effect.generation}`
      return `join as '${effect.memberId}'${owned}`
    }
    case 'sync':
      return `sync @${effect.generation}${effect.assignments.length > 0 ? ' for all' : ''}`
    case 'heartbeat':
      return `heartbeat @${effect.generation}`
    case 'inTouch':
      return effect.is ? 'in touch' : 'out of touch'
    case 'blocked':
      return `blocked for ${effect.for}`
    case 'retry':
      return `retry ${effect.what} in ${effect.delay} ${effect.cause.code}`
    case 'leave':
      return `leave '${effect.memberId}'`
    case 'fail':
      return `fail ${effect.error.code}`
    default:
      return effect.type
  }
}
