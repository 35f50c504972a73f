import type { Delivery } from 'kafka-rx'
import type { Order } from './orders.js'
import type { Logged } from './read-log.js'

/**
 * What is wrong with a log, going by what was acknowledged and by what was done with it: a line for each kind of thing, none
 * where all is well. It may hold more than that, where it is not known what became of a record.
 */
export function compare(
  deliveries: readonly Delivery<Order>[],
  log: readonly Logged[],
  isDone: (order: Order) => boolean,
): string[] {
  const acknowledged = new Map(deliveries.map(delivery => [delivery.input.id, delivery]))
  const times = new Map<number, number>()
  for (const { order } of log) times.set(order.id, (times.get(order.id) ?? 0) + 1)

  const lost = deliveries.filter(({ input }) => !times.has(input.id)).length
  const twice = [...times.values()].filter(count => count > 1).length
  const elsewhere = log.filter(logged => {
    const delivery = acknowledged.get(logged.order.id)
    return delivery !== undefined && (delivery.partition !== logged.partition || delivery.offset !== logged.offset)
  }).length

  const latest = new Map<string, number>()
  let late = 0
  for (const { order } of log) {
    if (order.id < (latest.get(order.customer) ?? -1)) late++
    latest.set(order.customer, order.id)
  }

  const forgotten = log.filter(({ order }) => !isDone(order)).length
  const kinds: readonly (readonly [count: number, what: string])[] = [
    [lost, 'acknowledged and not in the log'],
    [twice, 'in the log more than once'],
    [elsewhere, 'not where the acknowledgement says'],
    [late, 'behind a later one of the same customer'],
    [forgotten, 'neither billed nor a dead letter'],
  ]
  return kinds.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
}
