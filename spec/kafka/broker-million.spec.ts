import { type Broker, broker } from 'kafka-rx'
import {
  asapScheduler,
  concatMap,
  count,
  defer,
  lastValueFrom,
  mergeMap,
  type Observable,
  of,
  range,
  repeat,
  Subject,
  scheduled,
  take,
  takeUntil,
  tap,
} from 'rxjs'
import { describe, expect, test } from 'vitest'
import { echo, host } from './asking.js'
import { useKafka } from './harness/use-kafka.js'

describe('a million pipelined requests', () => {
  const kafka = useKafka()

  test('under random unsubscribes: every response belongs to its request', { timeout: 600_000 }, async () => {
    const seed = Math.floor(Math.random() * 2 ** 32)
    const random = mulberry32(seed)
    const total = 1_000_000
    const lanes = 200
    let asked = 0
    const seen = { answered: 0, left: 0, wrong: 0 }
    /** Ticks with each response: what an unsubscribe may wait for. */
    const responses = new Subject<void>()
    const one = (it: Broker, index: number): Observable<unknown> => {
      const answer = echo(it, `r-${index}`).pipe(
        tap(name => {
          seen.answered++
          if (name !== `r-${index}`) seen.wrong++
          responses.next()
        }),
      )
      const chance = random()
      if (chance < 0.7) return answer
      seen.left++
      if (chance < 0.75) return answer.pipe(takeUntil(of(0)))
      if (chance < 0.85) return answer.pipe(takeUntil(scheduled([0], asapScheduler)))
      return answer.pipe(takeUntil(responses.pipe(take(1 + Math.floor(random() * 150)), count())))
    }
    const options = { host, port: kafka().nodes[0].port('PLAINTEXT'), requestTimeout: 120_000 }
    const all = broker(options, it =>
      // Lanes: the buffer of a mergeMap over a million would take longer than the requests.
      range(0, lanes).pipe(
        mergeMap(() => defer(() => one(it, asked++)).pipe(repeat(total / lanes))),
        count(),
        // What was abandoned last is still to be consumed.
        concatMap(() => echo(it, 'the-end')),
      ),
    )
    expect(await lastValueFrom(all), `seed ${seed}`).toBe('the-end')
    expect(seen.wrong, `seed ${seed}`).toBe(0)
    expect(asked).toBe(total)
    expect(seen.answered + seen.left).toBeGreaterThanOrEqual(total)
    expect(seen.answered).toBeGreaterThan(total * 0.65)
  })
})

/** Numbers from 0 to 1 that follow from a seed. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}
