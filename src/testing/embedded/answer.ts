import { errors } from '../../protocol/error-codes.js'
import { encodeAnswer } from './encode-answer.js'
import type { Injection } from './faults.js'
import type { RequestContext } from './handler.js'
import { LastAnswer, type Outcome } from './outcome.js'
import type { ParsedRequest } from './parse-request.js'

/** A request, who asks it, and the faults that hit it. */
export interface Question {
  readonly request: ParsedRequest
  readonly context: RequestContext
  readonly injection: Injection | undefined
}

/** What comes of a request that is handled now, its effect or, under a fault, the refusal. */
export function answer({ request, context, injection }: Question, now: number): Outcome<unknown> {
  if (injection === undefined) return handle(request, context)
  if (injection.cut === 'before') return 'hang up'
  if (injection.errorCode !== 0) {
    return refuse(request, injection.errorCode, { ...context, refusal: injection.refusal, now })
  }
  // What changes nothing is not asked twice.
  if (request.handler.isIdle === true && injection.errorCodeAfter !== 0) {
    return refuseAll(request, injection.errorCodeAfter, { ...context, now })
  }
  return handle(request, { ...context, refusal: injection.refusal, now })
}

/** What is told in place of the outcome, for a fault that denies the effect. */
export function toldInstead({ request, context, injection }: Question, outcome: unknown, now: number): unknown {
  if (injection === undefined || injection.errorCodeAfter === 0 || request.handler.isIdle === true) return outcome
  if (outcome === 'hang up' || injection.cut !== undefined) return outcome
  return refuseAll(request, injection.errorCodeAfter, { ...context, now })
}

/** The bytes of an answer; none for a request that has no answer. */
export function encodeOutcome({ request, injection }: Question, outcome: unknown): Uint8Array[] {
  if (outcome === 'unanswered') return []
  const response = (outcome instanceof LastAnswer ? outcome.response : outcome) as object
  const bytes = encodeAnswer(request, { ...response, throttleTimeMs: injection?.throttle ?? 0 })
  return injection?.bytes === undefined ? bytes : [injection.bytes(Buffer.concat(bytes))]
}

function handle({ handler, body, isUnsupported }: ParsedRequest, context: RequestContext): Outcome<unknown> {
  const { sasl } = context.client
  if (sasl !== undefined && !sasl.admits(handler.api.name, context.now)) return 'hang up'
  if (isUnsupported) return handler.refuse?.(body, errors.UNSUPPORTED_VERSION.code, context) ?? 'hang up'
  return handler.respond(body, context)
}

/** Refused as a whole; where that API knows no such error, `handle` refuses all that the request names. */
function refuse(request: ParsedRequest, errorCode: number, context: RequestContext): Outcome<unknown> {
  return request.handler.refuse?.(request.body, errorCode, context) ?? handle(request, context)
}

function refuseAll(request: ParsedRequest, errorCode: number, context: RequestContext): Outcome<unknown> {
  return refuse(request, errorCode, { ...context, refusal: () => errorCode })
}
