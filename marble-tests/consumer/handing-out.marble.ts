import { catchError, concat, map, mergeMap, type Observable, of, Subject, type Subscription, timer } from 'rxjs'
import { describe, it } from 'vitest'
import { PartitionWorld, type PartitionWorldOptions } from '../../spec/consumer/partition-world.js'
import { pullMap } from '../../src/connection/pull-map.js'
import { systemScheduler } from '../../src/connection/system-scheduler.js'
import { batches } from '../../src/consumer/batches.js'
import { consume } from '../../src/consumer/consume.js'
import type { ConsumeOptions } from '../../src/consumer/consume-options.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import { partitions } from '../../src/consumer/partitions.js'
import { records } from '../../src/consumer/records.js'
import { marbles } from '../marbles.js'

/** Two partitions of three records each, told as a, b, c and x, y, z. */
function world(options: PartitionWorldOptions = {}) {
  const here = new PartitionWorld({ scheduler: systemScheduler, records: 3, portion: 1, batch: 1, ...options })
  return { here, first: here.hold(), second: here.hold() }
}

/** Its letter, when so many ms are over. */
const later = ({ partition, offset }: ConsumerRecord, ms: number): Observable<string | undefined> =>
  timer(ms).pipe(map(() => ['abc', 'xyz'][partition]?.[Number(offset)]))

const at = (ms: number, work: () => void): Subscription => timer(ms).subscribe(work)

/** What handlers emit that take 2 ms, but in the first partition, where that is another. */
function consumed(options: ConsumeOptions, first = 2, { here } = world()): Observable<string | undefined> {
  return consume(here, options, (record: ConsumerRecord) => later(record, record.partition === 0 ? first : 2))
}

describe('consume', () => {
  it('runs one handler at a time, of each partition in turn', () => {
    marbles(({ expectObservable }) => {
      expectObservable(consumed({})).toBe('--a-x-b-y-c-z')
    })
  })

  it('lets no partition wait for a slow one', () => {
    marbles(({ expectObservable }) => {
      expectObservable(consumed({ concurrency: 9 }, 5)).toBe('--x-yaz---b----c')
    })
  })

  it("starts all at once in order 'none'", () => {
    marbles(({ expectObservable }) => {
      expectObservable(consumed({ concurrency: 9, order: 'none' }, 8)).toBe('--(xyz)-(abc)')
    })
  })

  it('tells of a handler that takes longer than `handlerTimeout`; `onError` may help it', () => {
    marbles(({ expectObservable }) => {
      const name = (told: Observable<unknown>) => told.pipe(catchError(({ code, timeout }) => of(`${code} ${timeout}`)))
      const timedOut = 'HANDLER_TIMEOUT 4'
      expectObservable(name(consumed({ concurrency: 2, handlerTimeout: 4 }, 5))).toBe('--x-(t|)', {
        x: 'x',
        t: timedOut,
      })
      const helped = consumed({ concurrency: 2, handlerTimeout: 4, onError: () => timer(1) }, 5)
      expectObservable(helped).toBe('--x-y-z')
    })
  })

  it('ends what runs when `until` emits, then completes', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(consumed({ concurrency: 2, until: cold('---a') }, 5)).toBe('--x-y(a|)')
    })
  })

  it('goes on with handlers of a partition that is to be given up, until their time is over', () => {
    marbles(({ expectObservable }) => {
      const halted = world()
      at(3, () => halted.here.halt(halted.first))
      expectObservable(consumed({ concurrency: 2 }, 5, halted)).toBe('--x-yaz')
      const cut = world()
      at(3, () => cut.here.halt(cut.first))
      at(4, () => cut.here.handout.cut(cut.first))
      expectObservable(consumed({ concurrency: 2 }, 5, cut)).toBe('--x-y-z')
    })
  })

  it('waits after a seek for the handler that still runs', () => {
    marbles(({ expectObservable }) => {
      const sought = world()
      at(3, () => sought.here.seek(sought.first, 2n))
      expectObservable(consumed({ concurrency: 2 }, 5, sought)).toBe('--x-yaz---c')
    })
  })
})

describe('pullMap over a consumer', () => {
  it('leaves and comes back for each, and goes on right behind', () => {
    marbles(({ expectObservable }) => {
      const { here } = world()
      const read = records(here.handout, here.deserializers)
      expectObservable(read.pipe(pullMap(record => later(record, 2)))).toBe('--a-x-b-y-c-z')
    })
  })
})

describe('the partitions', () => {
  it('are told as they come, and complete when they are to be given up', () => {
    marbles(({ expectObservable }) => {
      const { here, first } = world({ records: 1 })
      at(10, () => here.halt(first))
      at(20, () => here.hold())
      at(30, () => here.handout.complete())
      const ends = partitions(here.handout, here.deserializers).pipe(
        mergeMap(partition =>
          concat(
            of(`+${partition.partition}`),
            partition.pipe(map(({ offset }) => `${partition.partition}@${offset}`)),
            of(`-${partition.partition}`),
          ),
        ),
      )
      const names = { a: '+0', b: '+1', c: '+2', d: '0@0', e: '1@0', f: '2@0', x: '-0', y: '-1', z: '-2' }
      expectObservable(ends).toBe('(abde) 4ms x 9ms (cf) 6ms (yz|)', names)
    })
  })
})

describe('who waits for its turn', () => {
  it('is told of after a second, once', () => {
    marbles(({ expectObservable }) => {
      const { here } = world()
      const told = new Subject<string>()
      expectObservable(told).toBe('- 1000ms w', { w: 'waiting: batches' })
      records(here.handout, here.deserializers).subscribe()
      at(1, () => batches(here.handout, here.deserializers).subscribe())
      at(5000, () => undefined)
      here.events.stream.subscribe(event => told.next(`${event.type}: ${'reader' in event ? event.reader : ''}`))
    })
  })
})
