import { Observable, type Subscription } from 'rxjs'
import { ByteSource } from '../../connection/byte-source.js'
import { decodeFrames } from '../../connection/decode-frames.js'
import { plainTerms } from '../../connection/read-terms.js'
import type { Channel } from '../../connection/transport.js'
import type { Driver } from './driver.js'

/** How many requests of one connection, and how many bytes of them, are read before the first of them is answered. */
const maxUnanswered = 64
const maxUnansweredBytes = 4 * 1024 * 1024
/** The longest request: Kafka's `socket.request.max.bytes`. */
const maxRequestBytes = 104_857_600

/**
 * Serves one client: its frames go to the machine, the machine's answers to it. Completes when the client is done or the
 * broker hangs up; whoever subscribed then closes the socket.
 */
export function serve(driver: Driver, nodeId: number, channel: Channel): Observable<never> {
  return new Observable(subscriber => {
    /** The lengths of requests that were read and not answered yet. */
    const unanswered: number[] = []
    let unansweredBytes = 0
    let hasEnded = false
    let reading: Subscription | undefined
    // What is no frame of Kafka's makes the broker hang up, as the end does.
    const done = (): void => subscriber.complete()
    const frames = new ByteSource(channel.incoming, { ...plainTerms, turns: driver.turns }, 0).pipe(
      decodeFrames({ maxLength: maxRequestBytes }),
    )

    const id = driver.open(nodeId, channel.remoteAddress, {
      answer(bytes) {
        if (bytes.length === 0) answered()
        else channel.write(bytes).subscribe({ error: done, complete: taken })
      },
      close: done,
    })
    if (id === undefined) return done()
    subscriber.add(() => driver.close(id))
    subscriber.add(() => reading?.unsubscribe())
    read()

    function taken(): void {
      answered()
      driver.taken(id as number)
    }

    function answered(): void {
      unansweredBytes -= unanswered.shift() ?? 0
      if (hasEnded && unanswered.length === 0) done()
      else read()
    }

    /** Reads on unless enough is waiting: then TCP holds the client back. */
    function read(): void {
      const isFull = unanswered.length >= maxUnanswered || unansweredBytes >= maxUnansweredBytes
      if (isFull || hasEnded || reading !== undefined || subscriber.closed) return
      reading = frames.subscribe({
        next: frame => {
          unanswered.push(frame.length)
          unansweredBytes += frame.length
          if (unanswered.length >= maxUnanswered || unansweredBytes >= maxUnansweredBytes) leave()
          driver.receive(id as number, frame)
        },
        error: done,
        complete: () => {
          hasEnded = true
          if (unanswered.length === 0) done()
        },
      })
    }

    function leave(): void {
      reading?.unsubscribe()
      reading = undefined
    }
    return undefined
  })
}
