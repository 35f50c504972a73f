import { openSync, writeSync } from 'node:fs'
import { type ConsumeOptions, type ConsumerBatch, type ConsumerRecord, type GroupOptions, Kafka } from 'kafka-rx'
import { ignoreElements, type Observable, Subject, tap, timer } from 'rxjs'

// A member of a group, as a process of its own: it writes down what it handles and what becomes of its partitions, and
// leaves when it is told to end. What is in its file before a commit was handled before that commit.

const { KAFKA_BROKERS = '', GROUP = '', PROTOCOL = '', TOPIC = '', FILE = '', READS = '' } = process.env
const file = openSync(FILE, 'a')
const write = (...lines: readonly string[]) => writeSync(file, lines.map(line => `${Date.now()} ${line}\n`).join(''))
const kafka = new Kafka({ bootstrap: KAFKA_BROKERS.split(',') })

kafka.events.subscribe(event => {
  if (event.type === 'assigned' || event.type === 'revoked' || event.type === 'lost') {
    for (const { partition } of event.partitions) write(`${event.type} ${partition}`)
  }
  if (event.type === 'commit-failed') {
    for (const { partition, offset } of event.offsets) write(`uncommitted ${partition} ${offset} ${event.cause}`)
  }
  if (event.type === 'committed')
    for (const { partition, offset } of event.offsets) write(`committed ${partition} ${offset}`)
  if (event.type === 'skipped') write(`skipped ${event.partition} ${event.from} ${event.to} ${event.reason}`)
})

const handled = ({ partition, offset, value }: ConsumerRecord) => `handled ${partition} ${offset} ${value}`
const work = (ms: number, done: () => void): Observable<never> =>
  timer(Math.random() * ms).pipe(tap({ complete: done }), ignoreElements())

const member = { group: GROUP, topics: TOPIC, commit: { interval: 1000 }, rebalanceTimeout: 30_000 } as const
const options: GroupOptions =
  PROTOCOL === 'consumer'
    ? ({ ...member, protocol: 'consumer' } as never)
    : { ...member, sessionTimeout: 6000, heartbeatInterval: 1000 }

const until = new Subject<void>()

function read(): Observable<unknown> {
  if (READS === 'batches') {
    return kafka.consumeBatches({ ...options, concurrency: 2 }, (batch: ConsumerBatch) =>
      work(20, () => write(...Array.from(batch, handled))),
    )
  }
  const handling: ConsumeOptions = READS === 'none' ? { concurrency: 8, order: 'none', until } : { concurrency: 8 }
  return kafka.consume({ ...options, ...handling }, record => work(6, () => write(handled(record))))
}

const reading = read().subscribe({
  error: error => {
    write(`failed ${error}`)
    process.exitCode = 1
  },
})

process.once('SIGTERM', () => {
  // Out of order, what a handler leaves unfinished takes with it those behind that are done: they end first.
  if (READS === 'none') until.next()
  else reading.unsubscribe()
  kafka.released.subscribe(() => write('released'))
})
write('started')
