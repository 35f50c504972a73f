import { catchError, merge, mergeMap, of, takeUntil, timer } from 'rxjs'
import { it } from 'vitest'
import { broker } from '../../src/index.js'
import { marbles } from '../marbles.js'
import { ask, host } from './ask.js'
import { cluster, lettersEvery, respond, scriptedBroker, writes } from './scripted-broker.js'

/** Answers the first request with a wish for silence. */
const throttling = (throttleTimeMs: number) => {
  let count = 0
  return scriptedBroker({
    Metadata: asked => respond(asked, cluster('abcd'[count] ?? '', count++ === 0 ? { throttleTimeMs } : {}), 1),
  })
}

it('is silent for as long as the broker asks for, while what was sent is still answered', () => {
  marbles(({ expectObservable }) => {
    const transport = throttling(10)
    const requests = broker({ host, transport }, kafka =>
      merge(
        ask(kafka),
        ask(kafka),
        timer(2).pipe(mergeMap(() => ask(kafka))),
        timer(5).pipe(mergeMap(() => ask(kafka))),
      ),
    )
    expectObservable(requests).toBe('-(ab)-------(cd|)')
    expectObservable(writes(transport)).toBe('x----------x', { x: 'Metadata Metadata' })
  })
})

it('is as silent when nobody waits for the response that asks for it', () => {
  marbles(({ expectObservable }) => {
    const transport = throttling(10)
    const requests = broker({ host, transport }, kafka =>
      merge(ask(kafka).pipe(takeUntil(timer(0))), timer(3).pipe(mergeMap(() => ask(kafka)))),
    )
    expectObservable(requests).toBe('------------(b|)')
    expectObservable(writes(transport)).toBe('x----------x', { x: 'Metadata' })
  })
})

it('goes on at once in versions in which the broker has itself waited', () => {
  marbles(({ expectObservable }) => {
    const transport = throttling(10)
    const requests = broker({ host, transport }, kafka => ask(kafka, { version: 5 }).pipe(mergeMap(() => ask(kafka))))
    expectObservable(requests).toBe('--(b|)')
    expectObservable(writes(transport)).toBe('xx', { x: 'Metadata' })
  })
})

it('honours the longest of several wishes', () => {
  marbles(({ expectObservable }) => {
    const wishes = [{ throttleTimeMs: 10 }, { throttleTimeMs: 3 }]
    const transport = scriptedBroker({
      Metadata: asked => respond(asked, cluster('a', wishes.shift() ?? {}), 1),
    })
    const requests = broker({ host, transport }, kafka =>
      merge(ask(kafka), ask(kafka), timer(5).pipe(mergeMap(() => ask(kafka)))),
    )
    expectObservable(requests).toBe('-(aa)-------(a|)')
    expectObservable(writes(transport)).toBe('x----------y', { x: 'Metadata Metadata', y: 'Metadata' })
  })
})

it('times a request out that waits too long for silence to end, unsent', () => {
  marbles(({ expectObservable }) => {
    const transport = throttling(100)
    const requests = broker({ host, transport, requestTimeout: 20 }, kafka =>
      ask(kafka).pipe(mergeMap(() => ask(kafka))),
    ).pipe(catchError(error => of(`${error.name} ${error.outcome}`)))
    expectObservable(requests).toBe('21ms (t|)', { t: 'RequestTimeoutError unsent' })
    expectObservable(writes(transport)).toBe('x', { x: 'Metadata' })
  })
})

it('needs no other request to go on: what waits is sent when silence ends', () => {
  marbles(({ expectObservable }) => {
    const transport = scriptedBroker({ Metadata: lettersEvery(1, { throttleTimeMs: 5 }) })
    const requests = broker({ host, transport, maxInFlight: 1 }, kafka => merge(ask(kafka), ask(kafka), ask(kafka)))
    expectObservable(requests).toBe('-a-----b-----(c|)')
    expectObservable(writes(transport)).toBe('x-----x-----x', { x: 'Metadata' })
  })
})
