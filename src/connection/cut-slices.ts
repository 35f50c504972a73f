import { Observable, type SchedulerLike, type Subscriber, Subscription } from 'rxjs'
import { EndOfStreamError, ReceiveTimeoutError } from '../errors.js'
import { bufferView, NOTHING } from './buffer-view.js'
import { ByteSource, termsOf } from './byte-source.js'
import { follow } from './follow.js'
import { Gather } from './gather.js'
import { deadlinesOf, type ReadTerms } from './read-terms.js'

/** What has come and is not emitted yet: first `gathered`, then `chunk` from `at` on. */
export interface Unemitted {
  readonly gathered: Gather
  chunk: Buffer
  at: number
  /** How long the slice will be that is being cut. */
  wanted: number
}

/** How one operator cuts. */
export interface Cutter {
  /**
   * Emits every slice that is whole, until the subscriber closes or takes the chunk away by giving it back; returns how
   * many. A throw becomes the error.
   */
  readonly cut: (unemitted: Unemitted, subscriber: Subscriber<Buffer>) => number
  /** Length of the first slice; undefined when `cut` must be asked before any bytes come. */
  readonly wanted: number | undefined
  /** Whether nothing may come for ever between two slices: the deadline then runs from a slice's first bytes. */
  readonly idle: boolean
}

/**
 * What all operators that cut share: the deadline, giving back, the end of the stream inside a slice, and reentrance
 * (what comes while a slice is being emitted waits until that has returned).
 */
export function cutSlices(
  source: Observable<Uint8Array>,
  options: { readonly timeout?: number | undefined; readonly scheduler?: SchedulerLike | undefined },
  cutter: (terms: ReadTerms) => Cutter,
): Observable<Buffer> {
  const terms = termsOf(source)
  const timeout = options.timeout ?? terms.timeout

  return new Observable(subscriber => {
    const { cut, wanted, idle } = cutter(terms)
    const unemitted: Unemitted = { gathered: new Gather(), chunk: NOTHING, at: 0, wanted: wanted ?? 0 }
    const { gathered } = unemitted
    const later: Buffer[] = []
    let cutting = false
    let ended = false
    const upstream = new Subscription()
    const deadline = deadlinesOf(terms, options.scheduler, upstream).add(() => subscriber.error(timedOut()))

    function take(bytes: Uint8Array): void {
      try {
        if (cutting) later.push(bufferView(bytes))
        else cutAll(bufferView(bytes))
      } catch (error) {
        subscriber.error(error)
      }
    }

    function cutAll(first: Buffer): void {
      cutting = true
      for (let chunk: Buffer | undefined = first; chunk !== undefined; chunk = later.shift()) {
        const hadNone = gathered.length === 0
        unemitted.chunk = chunk
        const count = cut(unemitted, subscriber)
        if (subscriber.closed) return
        keepRest()
        if (idle && gathered.length === 0) deadline.clear()
        else if (count > 0 || (idle && hadNone)) deadline.expireIn(timeout)
      }
      cutting = false
      if (ended) end()
    }

    function keepRest(): void {
      gathered.add(rest(unemitted), unemitted.wanted)
      unemitted.chunk = NOTHING
      unemitted.at = 0
    }

    function end(): void {
      ended = true
      if (cutting) return
      if (gathered.length === 0) subscriber.complete()
      else subscriber.error(endedInside())
    }

    function giveBack(to: ByteSource): void {
      for (const chunk of later.splice(0).reverse()) to.giveBack(chunk)
      to.giveBack(rest(unemitted))
      for (const part of gathered.takeParts().reverse()) to.giveBack(part)
      unemitted.chunk = NOTHING
      unemitted.at = 0
    }

    function timedOut(): ReceiveTimeoutError {
      const { length: had } = gathered
      const behind =
        source instanceof ByteSource && source.isWaiting(reader) ? ' (it waited behind another reader)' : ''
      const message = `received ${had} of ${unemitted.wanted} bytes${terms.from} within ${timeout} ms${behind}`
      return new ReceiveTimeoutError(message, { had, wanted: unemitted.wanted })
    }

    function endedInside(): EndOfStreamError {
      const part = Buffer.concat(gathered.takeParts())
      const message = `closed ${part.length} bytes into a ${unemitted.wanted}-byte read${terms.from}${terms.hint}`
      return new EndOfStreamError(message, { part, wanted: unemitted.wanted })
    }

    subscriber.add(upstream)
    if (!idle) deadline.expireIn(timeout)
    const reader = follow(
      source,
      upstream,
      {
        next: take,
        error: error => subscriber.error(error),
        complete: end,
      },
      !(source instanceof ByteSource),
    )
    if (source instanceof ByteSource) source.holds(reader, () => giveBack(source))
    if (wanted === undefined && !subscriber.closed) upstream.add(terms.turns.schedule(() => take(NOTHING)))
    return () => {
      deadline.unsubscribe()
      if (source instanceof ByteSource) giveBack(source)
    }
  })
}

function rest({ chunk, at }: Unemitted): Buffer {
  return at === 0 ? chunk : chunk.subarray(at)
}
