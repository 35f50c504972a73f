import { readdirSync, readlinkSync } from 'node:fs'
import { Kafka } from 'kafka-rx'
import { DescribeGroups } from 'kafka-rx/protocol'
import {
  asapScheduler,
  asyncScheduler,
  concatMap,
  from,
  ignoreElements,
  lastValueFrom,
  mergeMap,
  NEVER,
  Observable,
  of,
  range,
  repeat,
  scheduled,
  timer,
} from 'rxjs'

// Subscribes to and unsubscribes from each operation a thousand times, and prints after each what is left. With
// CYCLES_MODE=leave it does not wait for the last of it, and ends like that.

const cycles = 1000
const lanes = 20
const topic = 'cycles'
const isLeaving = process.env['CYCLES_MODE'] === 'leave'
const kafka = new Kafka({ bootstrap: process.env['KAFKA_BROKERS'] ?? '' })
const producer = kafka.producer()
const lingering = kafka.producer({ linger: 20, compression: 'gzip' })
const value = Buffer.alloc(1 << 16)
let count = 0

const operations: Readonly<Record<string, () => Observable<unknown>>> = {
  send: () => producer.send({ topic, key: `${count++}`, value: 'one' }),
  'send, large': () => producer.send({ topic, value }),
  'send, lingering': () => lingering.send({ topic, value: `${count++}` }),
  'send of a list': () => producer.send(['a', 'b', 'c'].map(key => ({ topic, key, value: key }))),
  produce: () => range(0, 20).pipe(producer.produce(number => ({ topic, value: `${number}` }))),
  'produce, slowly': () =>
    range(0, 20).pipe(
      concatMap(number => timer(1).pipe(concatMap(() => of(number)))),
      lingering.produce(number => ({ topic, key: `${number}`, value: value.subarray(0, 1024) })),
    ),
  produceFrom: () => producer.produceFrom(new Array(40), () => ({ topic, value })),
  flush: () => lingering.flush(),
  topics: () => kafka.topics(),
  'topics by name': () => kafka.topics(topic),
  'send to a topic that is not there': () => producer.send({ topic: `missing-${count++ % 3}`, value: 'one' }),
  createTopics: () => kafka.createTopics({ name: `made-${count++ % 200}` }),
  deleteTopics: () => kafka.deleteTopics(`made-${count++ % 200}`),
  request: () => kafka.request(DescribeGroups, { groups: ['none'] }, { to: { coordinator: { group: 'none' } } }),
  'request to the controller': () => kafka.request(DescribeGroups, { groups: ['none'] }, { to: 'controller' }),
}

/** When to unsubscribe; now and then not at all. */
function someTime(): Observable<unknown> {
  const chance = Math.random()
  if (chance < 0.05) return NEVER
  if (chance < 0.1) return of(0)
  if (chance < 0.2) return scheduled([0], asapScheduler)
  if (chance < 0.3) return scheduled([0], asyncScheduler)
  return timer(Math.random() ** 2 * 100)
}

/** Of the operations that were not unsubscribed from. */
const ends = { complete: 0, error: 0 }

const cycle = (operation: () => Observable<unknown>): Observable<never> =>
  new Observable(subscriber => {
    const end = (how?: keyof typeof ends) => {
      if (how !== undefined) ends[how]++
      subscriber.complete()
    }
    subscriber.add(operation().subscribe({ error: () => end('error'), complete: () => end('complete') }))
    subscriber.add(someTime().subscribe(() => end()))
  })

/** How many records fit into a producer; they are withdrawn at once. */
function room(): number {
  let refused = 0
  range(0, 1000)
    .pipe(producer.produce(() => ({ topic, value }), { onError: 'emit' }))
    .subscribe(() => refused++)
    .unsubscribe()
  return 1000 - refused
}

/** What there is in this process that a Kafka might have left. */
function left() {
  const descriptors = readdirSync('/proc/self/fd').map(name => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`)
    } catch {
      return ''
    }
  })
  const resources = process.getActiveResourcesInfo()
  return {
    sockets: descriptors.filter(path => path.startsWith('socket:')).length,
    connections: resources.filter(name => /TCP|TLS/.test(name)).length,
    timers: resources.filter(name => name === 'Timeout' || name === 'Immediate').length,
  }
}

const many = (operation: () => Observable<unknown>) =>
  range(0, lanes).pipe(
    mergeMap(() => cycle(operation).pipe(repeat(cycles / lanes))),
    ignoreElements(),
  )

const first = left()
if (isLeaving)
  from(Object.values(operations))
    .pipe(concatMap(many))
    .subscribe({ complete: () => console.log('done') })
else {
  await lastValueFrom(producer.send({ topic, value: 'made' }))
  const atFirst = room()
  for (const [name, operation] of Object.entries(operations)) {
    Object.assign(ends, { complete: 0, error: 0 })
    await lastValueFrom(many(operation), { defaultValue: undefined })
    await lastValueFrom(kafka.released)
    const roomNow = room()
    await lastValueFrom(kafka.released)
    // A closed socket's descriptor goes on a later turn.
    await lastValueFrom(timer(20))
    const now = left()
    const differences = [
      ...(roomNow === atFirst ? [] : [`room for ${roomNow} records instead of ${atFirst}`]),
      ...Object.entries(now).flatMap(([what, number]) => {
        const before = first[what as keyof typeof first]
        return number === before ? [] : [`${number} ${what} instead of ${before}`]
      }),
    ]
    const told = `${name}, ${ends.complete} complete, ${ends.error} in error`
    console.log(`${told}: ${differences.join(', ') || 'nothing is left'}`)
  }
}
