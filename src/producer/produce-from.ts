import { defer, from, Observable, Subscription } from 'rxjs'
import type { Delivery, Undelivered } from './delivery.js'
import { withdrawAll } from './entry.js'
import { ProducedStream } from './produce.js'
import type { ProducerRecord } from './producer-record.js'
import type { Sender } from './sender.js'

/** So many items are pulled in one turn at the most: the event loop has other work. */
const AT_ONCE = 10_000

/** Pulls from an iterable while there is room, and sends a record for each item; see {@link Producer.produceFrom}. */
export function produceFrom<T>(
  sender: Sender,
  source: Iterable<T> | AsyncIterable<T>,
  toRecord: (value: T, index: number) => ProducerRecord<unknown, unknown>,
  isEmitting: boolean,
): Observable<Delivery<T> | Undelivered<T>> {
  return new Observable(subscriber => {
    const stream = new ProducedStream(sender, subscriber, toRecord, { isEmitting, isDropping: false })
    const life = new Subscription()
    subscriber.add(() => withdrawAll(stream.open))
    subscriber.add(life)
    const pull = isAsync(source)
      ? pullAsync(source[Symbol.asyncIterator](), stream, sender, life)
      : pullSync(source[Symbol.iterator](), stream, sender, life)
    pull()
  })
}

function isAsync<T>(source: Iterable<T> | AsyncIterable<T>): source is AsyncIterable<T> {
  return typeof (source as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] === 'function'
}

function pullSync<T>(iterator: Iterator<T>, stream: ProducedStream<T>, sender: Sender, life: Subscription): () => void {
  let isOver = false
  // A generator that is left from inside itself cannot be returned from before it has come back.
  let isPulling = false
  life.add(() => {
    if (!isOver && !isPulling) iterator.return?.()
  })
  return function pull(): void {
    for (let count = 0; !life.closed; count++) {
      if (!sender.hasRoom || count === AT_ONCE) {
        waitForRoom(sender, life, pull)
        return
      }
      let next: IteratorResult<T>
      isPulling = true
      try {
        next = iterator.next()
      } catch (error) {
        isOver = true
        stream.end({ error })
        return
      }
      isPulling = false
      if (next.done) {
        isOver = true
        stream.end('complete')
      } else if (life.closed) iterator.return?.()
      else stream.take(next.value, true)
      if (isOver) return
    }
  }
}

function pullAsync<T>(
  iterator: AsyncIterator<T>,
  stream: ProducedStream<T>,
  sender: Sender,
  life: Subscription,
): () => void {
  let isOver = false
  life.add(() => {
    // What it rejects with now is nobody's.
    if (!isOver) iterator.return?.()?.then(undefined, () => undefined)
  })
  const end = (how: { readonly error: unknown } | 'complete') => {
    isOver = true
    stream.end(how)
  }
  return function pull(): void {
    if (!sender.hasRoom) {
      waitForRoom(sender, life, pull)
      return
    }
    const pulled = defer(() => from(iterator.next())).subscribe({
      next: next => {
        if (next.done) {
          end('complete')
          return
        }
        stream.take(next.value, true)
        if (!life.closed) pull()
      },
      error: error => end({ error }),
    })
    life.add(pulled)
  }
}

/** Goes on when some of what was sent has been resolved, or, with room, on the next turn. */
function waitForRoom(sender: Sender, life: Subscription, go: () => void): void {
  const waiting = sender.hasRoom
    ? sender.later(go)
    : sender.memory.freed.subscribe(() => {
        if (!sender.hasRoom) return
        waiting.unsubscribe()
        go()
      })
  life.add(waiting)
}
