import { emitWarning } from 'node:process'
import type { Events } from './events.js'

/** Says as a warning of the process what an event tells, where nobody listens to events. */
export function warnUnheard(events: Events, message: string, code: string): void {
  if (!events.isHeard) emitWarning(message, { type: 'KafkaWarning', code })
}
