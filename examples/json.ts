import type { Delivery, FieldContext, Kafka } from 'kafka-rx'
import type { Observable } from 'rxjs'

/** What is written and read as JSON. */
export interface Priced {
  readonly id: string
  readonly total: number
}

/** What a schema registry offers: it answers later, and the order stays. */
export interface Registry {
  encode(subject: string, value: unknown): Promise<Buffer>
  decode(bytes: Buffer): Promise<unknown>
}

/** Orders as JSON, typed at both ends. */
export function jsonOrders(kafka: Kafka) {
  const producer = kafka.producer({ value: (order: Priced) => JSON.stringify(order) })
  const value = (bytes: Buffer | null): Priced => JSON.parse(String(bytes))

  return {
    send: (order: Priced): Observable<Delivery> => producer.send({ topic: 'priced', key: order.id, value: order }),
    lines: (): Observable<string> =>
      kafka.consumer({ topics: 'priced', to: 'latest', key: String, value }, orders =>
        orders.consume({}, async ({ key, value }) => `${key}: ${value.total.toFixed(2)}`),
      ),
  }
}

/** The same by a registry's schemas. */
export function registeredOrders(kafka: Kafka, registry: Registry) {
  const encode = (order: Priced, { topic }: FieldContext) => registry.encode(`${topic}-value`, order)
  const decode = async (bytes: Buffer | null) => (bytes === null ? null : ((await registry.decode(bytes)) as Priced))
  const producer = kafka.producer({ value: encode })

  return {
    send: (order: Priced): Observable<Delivery> => producer.send({ topic: 'registered', key: order.id, value: order }),
    totals: (): Observable<number> =>
      kafka.consumer({ topics: 'registered', to: 'latest', value: decode }, orders =>
        orders.consume({}, async ({ value }) => value?.total ?? 0),
      ),
  }
}
