import {
  bufferTime,
  concatMap,
  defer,
  filter,
  finalize,
  firstValueFrom,
  lastValueFrom,
  type MonoTypeOperatorFunction,
  mergeMap,
  NEVER,
  type Observable,
  Subject,
  shareReplay,
  skip,
  take,
  takeUntil,
  tap,
  timer,
  toArray,
} from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Consumer, type ConsumerRecord, Kafka } from '../src/index.js'
import { type EmbeddedBroker, embeddedBroker } from '../src/testing/index.js'

// What docs/pitfalls.md says of reading: what comes of the wrong code, and of the right.

const options = { group: 'billing', topics: 'orders' }

/** What `use` leads to, with the values 0 to 4 in a topic; and what the group has committed when all is let go. */
const outcomeOf = <T>(use: (kafka: Kafka, cluster: EmbeddedBroker) => Observable<T>) =>
  lastValueFrom(
    embeddedBroker({ topics: { orders: 1 } }, async cluster => {
      const kafka = new Kafka({ bootstrap: cluster.bootstrap })
      const values = Array.from({ length: 5 }, (_, n) => ({ topic: 'orders', value: String(n) }))
      await firstValueFrom(kafka.producer().send(values))
      const emitted = await firstValueFrom(defer(() => use(kafka, cluster)).pipe(toArray()))
      await firstValueFrom(kafka.released)
      const [group] = cluster.groups
      return { emitted, committed: group?.offsets[0]?.offset, members: group?.members.length }
    }),
  )

/** Emits a moment after the last record was seen. */
function afterLast() {
  const stop$ = new Subject<void>()
  const seen = tap((record: ConsumerRecord) => {
    if (text(record) === '4') timer(0).subscribe(() => stop$.next())
  })
  return { stop$, seen }
}

const text = ({ value }: ConsumerRecord) => String(value)

describe('docs/pitfalls.md', () => {
  it('take(n) above consume leaves the n-th unhandled; until does not', async () => {
    const wrong = await outcomeOf(kafka => kafka.consume(options, async record => text(record)).pipe(take(3)))
    expect(wrong).toEqual({ emitted: ['0', '1', '2'], committed: 2n, members: 0 })

    const right = await outcomeOf(kafka => {
      const done$ = new Subject<string>()
      const handled = kafka.consume({ ...options, until: done$ }, async record => text(record))
      return handled.pipe(tap(value => value === '2' && done$.next(value)))
    })
    expect(right).toEqual({ emitted: ['0', '1', '2'], committed: 3n, members: 0 })
  })

  it('work in next is not waited for', async () => {
    const done: string[] = []
    const { committed } = await outcomeOf(kafka => {
      const work = async (record: ConsumerRecord) => {
        await firstValueFrom(NEVER)
        done.push(text(record))
      }
      const stop$ = new Subject<void>()
      return kafka
        .consume({ ...options, until: stop$ }, async record => record)
        .pipe(
          tap(record => {
            work(record)
            if (text(record) === '4') stop$.next()
          }),
        )
    })
    expect({ done, committed }).toEqual({ done: [], committed: 5n })
  })

  it('acknowledged in finalize, what was cut off counts as handled', async () => {
    const use = (acknowledged: (work: Observable<unknown>, acknowledge: () => void) => Observable<unknown>) =>
      outcomeOf(kafka =>
        kafka.consumer(options, consumer => {
          const { stop$, seen } = afterLast()
          const handle = (record: ConsumerRecord) => acknowledged(NEVER, () => consumer.acknowledge(record))
          return consumer.pipe(seen, mergeMap(handle, 10), takeUntil(stop$))
        }),
      )
    const wrong = await use((work, acknowledge) => work.pipe(finalize(acknowledge)))
    expect(wrong.committed).toBe(5n)
    const right = await use((work, acknowledge) => work.pipe(tap({ complete: acknowledge })))
    expect(right.committed).toBe(undefined)
  })

  it('what a filter drops holds back the commit', async () => {
    const isOdd = (record: ConsumerRecord) => Number(text(record)) % 2 === 1
    const use = (
      above: (consumer: Consumer, seen: MonoTypeOperatorFunction<ConsumerRecord>) => Observable<ConsumerRecord>,
    ) =>
      outcomeOf(kafka =>
        kafka.consumer(options, consumer => {
          const { stop$, seen } = afterLast()
          return above(consumer, seen).pipe(filter(isOdd), tap(consumer.acknowledge), takeUntil(stop$))
        }),
      )
    expect((await use((consumer, seen) => consumer.pipe(seen))).committed).toBe(undefined)
    const right = await use((consumer, seen) =>
      consumer.pipe(
        seen,
        tap(record => isOdd(record) || consumer.acknowledge(record)),
      ),
    )
    expect(right.committed).toBe(5n)
  })

  it('takeUntil below a buffer throws its rows away; above it they are saved', async () => {
    const use = (isAbove: boolean) => {
      const saved: string[] = []
      const outcome = outcomeOf(kafka =>
        kafka.consumer(options, consumer => {
          const { stop$, seen } = afterLast()
          const save = concatMap(async (rows: ConsumerRecord[]) => {
            saved.push(...rows.map(text))
            return rows
          })
          const rows = (isAbove ? consumer.pipe(seen, takeUntil(stop$)) : consumer.pipe(seen)).pipe(
            bufferTime(60_000),
            save,
          )
          const acknowledged = rows.pipe(tap(rows => consumer.acknowledge(rows)))
          return isAbove ? acknowledged : acknowledged.pipe(takeUntil(stop$))
        }),
      )
      return outcome.then(({ committed }) => ({ saved, committed }))
    }
    expect(await use(false)).toEqual({ saved: [], committed: undefined })
    expect(await use(true)).toEqual({ saved: ['0', '1', '2', '3', '4'], committed: 5n })
  })

  it('shareReplay without refCount stays in the group', async () => {
    const membersAfter = async (refCount: boolean) =>
      lastValueFrom(
        embeddedBroker({ topics: { orders: 1 } }, async cluster => {
          const kafka = new Kafka({ bootstrap: cluster.bootstrap })
          await firstValueFrom(kafka.producer().send({ topic: 'orders', value: 'a' }))
          const shared = kafka.consumer(options, records => records).pipe(shareReplay({ bufferSize: 1, refCount }))
          await firstValueFrom(shared)
          await firstValueFrom<unknown>(refCount ? kafka.released : timer(100))
          return cluster.groups[0]?.members.length
        }),
      )
    expect(await membersAfter(false)).toBe(1)
    expect(await membersAfter(true)).toBe(0)
  })

  it('firstValueFrom(kafka.consumer(options)) is of a consumer that is over', async () => {
    const { emitted, members } = await outcomeOf(kafka =>
      kafka.consumer(options).pipe(
        take(1),
        concatMap(async consumer => {
          await firstValueFrom(kafka.released)
          return consumer.positions
        }),
      ),
    )
    expect({ emitted, members }).toEqual({ emitted: [[]], members: 0 })
  })

  it('a spread has none of the fields of a record', async () => {
    const { emitted } = await outcomeOf(kafka =>
      kafka
        .consume(options, async record => [Object.keys({ ...record }).includes('value'), text(record)])
        .pipe(skip(1), take(1)),
    )
    expect(emitted).toEqual([[false, '1']])
  })
})
