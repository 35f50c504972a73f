import { type Kafka, ProduceError } from 'kafka-rx'
import { firstValueFrom } from 'rxjs'

/** As much of Express's as is used here: `app.post('/orders/:id', handlers.postOrder)`. */
export interface Request {
  readonly params: Readonly<Record<string, unknown>>
  readonly body: unknown
}
export interface Response {
  status(code: number): Response
  json(body: unknown): unknown
}

/** Handlers in await style. `send` is cold: `firstValueFrom` is what subscribes, and so what sends. */
export function handlersOf(kafka: Kafka) {
  const producer = kafka.producer({ deliveryTimeout: 5000 })

  return {
    /** 202 with where the order is, once all replicas have it. */
    async postOrder({ params, body }: Request, response: Response): Promise<void> {
      const order = { topic: 'orders', key: String(params['id']), value: JSON.stringify(body) }
      try {
        const { partition, offset } = await firstValueFrom(producer.send(order))
        response.status(202).json({ partition, offset: String(offset) }) // JSON has no bigint
      } catch (error) {
        response.status(503).json({ outcome: error instanceof ProduceError ? error.outcome : 'unknown' })
      }
    },

    /** One answer for each line; one that fails does not take the others with it. */
    async postLines({ body }: Request, response: Response): Promise<void> {
      const records = (body as readonly string[]).map(value => ({ topic: 'lines', value }))
      const results = await firstValueFrom(producer.send(records, { onError: 'emit' }))
      response.json(results.map(({ error, partition, offset }) => error?.outcome ?? `${partition}@${offset}`))
    },
  }
}
