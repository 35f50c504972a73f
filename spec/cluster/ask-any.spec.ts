import { NEVER, type Observable, of, Subject, throwError, timer, VirtualTimeScheduler } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Answer, askAny, type Candidate, isHopeless, unreachable } from '../../src/cluster/ask-any.js'
import {
  AuthenticationError,
  ConnectError,
  ConnectionError,
  RequestTimeoutError,
  UnsupportedVersionError,
} from '../../src/errors.js'

const at = (host: string, isBootstrap = false): Candidate => ({ address: { host, port: 1 }, isBootstrap })
const refused = (host: string, retriable = true) =>
  new ConnectError(`cannot connect to ${host}:1: refused`, { host, port: 1, retriable })

/** Asks those candidates in virtual time; what was told, and when. */
function asking(
  candidates: readonly Candidate[],
  ask: (host: string, scheduler: VirtualTimeScheduler) => Observable<string>,
  options: { readonly mayHedge?: boolean; readonly isFinal?: (error: unknown) => boolean } = {},
) {
  const scheduler = new VirtualTimeScheduler()
  const told: string[] = []
  const tell = (what: string) => told.push(`${scheduler.now()} ${what}`)
  let error: unknown
  askAny(
    candidates,
    ({ address: { host } }) => {
      tell(`ask ${host}`)
      return ask(host, scheduler)
    },
    {
      scheduler,
      onUnreachable: () => tell('unreachable'),
      isFinal: options.isFinal ?? (() => false),
      mayHedge: options.mayHedge ?? true,
    },
  ).subscribe({
    next: ({ value, from }: Answer<string>) => tell(`${value} of ${from.address.host}`),
    error: why => {
      error = why
      tell('error')
    },
    complete: () => tell('complete'),
  })
  scheduler.flush()
  return { told, error }
}

const fails = (host: string) => throwError(() => refused(host))

describe('askAny', () => {
  it('asks one after another until one answers', () => {
    const { told } = asking([at('a'), at('b'), at('c')], host => (host === 'b' ? of('yes') : fails(host)))
    expect(told).toEqual(['0 ask a', '0 ask b', '0 yes of b', '0 complete'])
  })

  it('tells that the known brokers cannot be reached when all of them have failed, and once', () => {
    const { told } = asking([at('a'), at('b'), at('x', true), at('y', true)], host =>
      host === 'y' ? of('yes') : fails(host),
    )
    expect(told).toEqual(['0 ask a', '0 ask b', '0 unreachable', '0 ask x', '0 ask y', '0 yes of y', '0 complete'])
  })

  it('does not take one that is slow for one that cannot be reached', () => {
    const { told } = asking([at('a'), at('x', true)], (host, scheduler) => {
      const answer = new Subject<string>()
      scheduler.schedule(() => answer.next('yes'), host === 'a' ? 3000 : 9000)
      return answer
    })
    expect(told).toEqual(['0 ask a', '2000 ask x', '3000 yes of a', '3000 complete'])
  })

  it('asks two at once only where that does no harm', () => {
    const slow = (_: string, scheduler: VirtualTimeScheduler) =>
      new Subject<string>().pipe(() => timer(5000, scheduler) as unknown as Observable<string>)
    expect(asking([at('a'), at('b')], slow, { mayHedge: false }).told).toEqual([
      '0 ask a',
      '5000 0 of a',
      '5000 complete',
    ])
  })

  it('ends with what is final, whoever else is there', () => {
    const { told } = asking([at('a'), at('b')], fails, { isFinal: () => true })
    expect(told).toEqual(['0 ask a', '0 error'])
  })

  it('names each that could not be reached', () => {
    const { error } = asking([at('a', true), at('b', true)], fails)
    expect(error).toMatchObject({ name: 'ConnectError', outcome: 'unsent', retriable: true })
    expect(String(error)).toContain('cannot reach any of 2 servers: a:1: refused; b:1: refused')
  })

  it('tells what a request failed of where one was reached', () => {
    const late = new RequestTimeoutError('late', { api: 'A', timeout: 1, outcome: 'unknown' })
    const { error } = asking([at('a'), at('b')], host => (host === 'a' ? throwError(() => late) : fails(host)))
    expect(error).toBe(late)
  })

  it('leaves all that are asked when it is left', () => {
    let open = 0
    const asked = askAny(
      [at('a'), at('b')],
      () =>
        NEVER.pipe(source => {
          open++
          return source
        }),
      { scheduler: new VirtualTimeScheduler(), onUnreachable: () => {}, isFinal: () => false, mayHedge: true },
    ).subscribe()
    asked.unsubscribe()
    expect(open).toBe(1)
  })
})

describe('what no other try would mend', () => {
  const dns = Object.assign(new Error('ENOTFOUND'), { code: 'ENOTFOUND' })
  it.each([
    ['wrong credentials', new AuthenticationError('no', { mechanism: 'PLAIN' }), true],
    ['a token provider that failed', new AuthenticationError('no', { mechanism: 'PLAIN', retriable: true }), false],
    ['TLS that does not fit', refused('a', false), true],
    ['a broker that is down', refused('a'), false],
    ['a name that is unknown', new ConnectError('no', { host: 'a', port: 1, retriable: false, cause: dns }), false],
    [
      'names that are all unknown',
      unreachable([
        {
          address: { host: 'a', port: 1 },
          error: new ConnectError('no', { host: 'a', port: 1, retriable: false, cause: dns }),
        },
      ]),
      false,
    ],
    ['a version', new UnsupportedVersionError('no', { api: 'A', ours: { min: 0, max: 1 }, theirs: undefined }), true],
    ['a connection lost', new ConnectionError('lost'), false],
    ["somebody's own error", new Error('own'), false],
  ])('%s: %o', (_what, error, expected) => {
    expect(isHopeless(error)).toBe(expected)
  })

  it('is so for all servers together only when it is so for each', () => {
    const [one, other] = [refused('a', false), refused('b')]
    const of = (...errors: ConnectError[]) =>
      unreachable(errors.map(error => ({ address: { host: error.host, port: 1 }, error }))).retriable
    expect([of(one), of(one, other), of(other)]).toEqual([false, true, true])
  })
})
