import { Observable, type Subscriber } from 'rxjs'
import { byteSource } from '../../connection/byte-source.js'
import { decodeFrames } from '../../connection/decode-frames.js'
import { pullMap } from '../../connection/pull-map.js'
import type { Channel } from '../../connection/transport.js'
import type { Driver } from './driver.js'

/** How many requests of one connection are read before the first of them is answered. */
const maxUnanswered = 64
/** The longest request: Kafka's `socket.request.max.bytes`. */
const maxRequestBytes = 104_857_600

/**
 * Serves one client: its frames go to the machine, the machine's answers to it. Completes when the client is done or the
 * broker hangs up; whoever subscribed then closes the socket.
 */
export function serve(driver: Driver, nodeId: number, channel: Channel): Observable<never> {
  return new Observable(subscriber => {
    const unanswered: Subscriber<never>[] = []
    const id = driver.open(nodeId, channel.remoteAddress, {
      answer(bytes) {
        const request = unanswered.shift()
        if (bytes.length === 0) request?.complete()
        else channel.write(bytes).subscribe({ error: () => subscriber.complete(), complete: () => request?.complete() })
      },
      close: () => subscriber.complete(),
    })
    if (id === undefined) return subscriber.complete()
    subscriber.add(() => driver.close(id))

    const answered = (frame: Buffer): Observable<never> =>
      new Observable(request => {
        unanswered.push(request)
        driver.receive(id, frame)
      })
    const frames = byteSource(channel.incoming).pipe(decodeFrames({ maxLength: maxRequestBytes }))
    subscriber.add(
      frames.pipe(pullMap(answered, maxUnanswered)).subscribe({
        // What is no frame of Kafka's makes the broker hang up.
        error: () => subscriber.complete(),
        complete: () => subscriber.complete(),
      }),
    )
    return undefined
  })
}
