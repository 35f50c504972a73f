import { type Observable, of } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'
import { consume } from '../../src/consumer/consume.js'
import { consumeBatches } from '../../src/consumer/consume-batches.js'
import type { ConsumerRecord } from '../../src/consumer/consumer-record.js'
import type { Consuming } from '../../src/consumer/consuming.js'

// The compiler checks these: a signature that changes fails `npm run check`, before anything runs.

declare const consuming: Consuming

/** Compiled, and never called. */
const compiles = (_never: () => unknown) => {}

describe('a handler', () => {
  it('returns what can be waited for; what that emits is emitted', () => {
    compiles(() => {
      expectTypeOf(consume(consuming, {}, () => of(1))).toEqualTypeOf<Observable<number>>()
      expectTypeOf(consume(consuming, {}, async () => 'a')).toEqualTypeOf<Observable<string>>()
      expectTypeOf(consumeBatches(consuming, {}, ({ count }) => [count])).toEqualTypeOf<Observable<number>>()
      return consume(consuming, {}, async () => {})
    })
  })

  it('that returns nothing, or what nobody subscribes to, does not compile', () => {
    compiles(() => [
      // @ts-expect-error a `return` is missing
      consume(consuming, {}, () => {
        of(1)
      }),
      // @ts-expect-error nobody subscribes to what the Promise resolves to
      consume(consuming, {}, async () => of(1)),
      // @ts-expect-error nor here
      consumeBatches(consuming, {}, async () => of(1)),
    ])
  })

  it('knows what the deserializers make', () => {
    compiles(() =>
      consume(consuming, {}, ({ key, value }: ConsumerRecord<string, number>) => {
        expectTypeOf(key).toEqualTypeOf<string>()
        expectTypeOf(value).toEqualTypeOf<number>()
        return of(value)
      }),
    )
  })
})
