import { type Kafka, KafkaError } from 'kafka-rx'
import { fromEvent, share, takeUntil } from 'rxjs'

/** As much of a WebSocket as is used here, of `ws` or another. */
export interface Socket {
  addEventListener(type: string, listener: (event: unknown) => void): void
  removeEventListener(type: string, listener: (event: unknown) => void): void
  send(data: string): void
  close(code: number, reason: string): void
}

/**
 * Sends what is new in a topic to any number of sockets, over one consumer, which is there while anybody is connected:
 * `new WebSocketServer({ port: 8080 }).on('connection', tail(kafka))`.
 */
export function tail(kafka: Kafka): (socket: Socket) => void {
  const ticks$ = kafka.consumer({ topics: 'ticks', at: 'latest' }, ticks => ticks).pipe(share())

  return socket => {
    ticks$.pipe(takeUntil(fromEvent(socket, 'close'))).subscribe({
      next: ({ value }) => socket.send(String(value)),
      error: error => socket.close(1011, error instanceof KafkaError ? error.code : 'error'),
    })
  }
}
