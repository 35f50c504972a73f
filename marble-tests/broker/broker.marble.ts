import {
  asyncScheduler,
  catchError,
  concat,
  EMPTY,
  finalize,
  ignoreElements,
  map,
  mergeMap,
  NEVER,
  of,
  retry,
  timer,
} from 'rxjs'
import { describe, it } from 'vitest'
import { broker, type Transport } from '../../src/index.js'
import { ApiVersions, Metadata } from '../../src/protocol/index.js'
import { scripted } from '../../src/testing/index.js'
import { marbles } from '../marbles.js'
import { host } from './ask.js'
import {
  type Asked,
  everyVersion,
  frame,
  lettersEvery,
  readRequests,
  respond,
  scriptedBroker,
} from './scripted-broker.js'

const newest = ApiVersions.versions.stable

describe('broker()', () => {
  it('emits the broker once it has said which versions it speaks, and stays', () => {
    marbles(({ expectObservable }) => {
      const ApiVersions = (asked: Asked) => respond(asked, everyVersion, 3)
      const transport = scriptedBroker({ ApiVersions }, { connect: '--o' })
      const opened = broker({ host, port: 9094, transport }).pipe(
        map(({ host, port, closed, versions }) => [host, port, closed, versions.get(3)]),
      )
      expectObservable(opened).toBe('-----b', { b: ['broker', 9094, false, { min: 0, max: 13 }] })
    })
  })

  it('says who it is, as the client that it was told to be', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({})
      const asked = transport.sent.pipe(
        mergeMap(readRequests),
        map(({ version, clientId, body }) => [version, clientId, body['clientSoftwareName']]),
      )
      expectObservable(broker({ host, transport, clientId: 'orders' }).pipe(ignoreElements())).toBe('')
      expectObservable(asked).toBe('r', { r: [newest, 'orders', 'kafka-rx'] })
    })
  })

  it('errors when the broker hangs up: it has no end that is not a failure', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({}, { incoming: '-----|' })
      const opened = broker({ host, transport }).pipe(
        map(() => 'b'),
        catchError(error => of(`${error.name} ${error.retriable}: ${error.message}`)),
      )
      expectObservable(opened).toBe('b----(e|)', {
        b: 'b',
        e: 'ConnectionError true: broker:9092 has closed the connection',
      })
    })
  })

  it('tells `use` at once when the broker hangs up, even if it asks nothing', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({}, { incoming: '-----|' })
      let left = -1
      const used = broker({ host, transport }, () =>
        NEVER.pipe(
          finalize(() => {
            left = asyncScheduler.now()
          }),
        ),
      ).pipe(catchError(error => of(`${error.name} ${error.retriable}`)))
      const then = timer(1).pipe(map(() => `left at ${left}`))
      expectObservable(concat(used, then)).toBe('-----e(l|)', { e: 'ConnectionError true', l: 'left at 5' })
    })
  })

  it('is opened again by retry alone after any end that was not asked for here', () => {
    marbles(({ expectObservable }) => {
      const ends = [{ incoming: '--|' }, { incoming: '--#' }, { incoming: '-' }]
      let attempt = 0
      const transport: Transport = endpoint => scriptedBroker({}, ends[attempt++])(endpoint)
      const opened = broker({ host, transport }).pipe(
        map(() => attempt),
        retry({ delay: 10 }),
      )
      expectObservable(opened, '40ms !').toBe('a 11ms b 11ms c', { a: 1, b: 2, c: 3 })
    })
  })

  it('errors when the connection fails', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({}, { incoming: '-----#' })
      const opened = broker({ host, transport }).pipe(
        map(() => 'b'),
        catchError(error => of(error.name)),
      )
      expectObservable(opened).toBe('b----(e|)', { b: 'b', e: 'ConnectionError' })
    })
  })

  it('mirrors what `use` returns, and closes the connection at its end', () => {
    marbles(({ expectObservable, cold }) => {
      const transport = scriptedBroker({})
      let closed = (): boolean => false
      const used = broker({ host, transport }, kafka => {
        closed = () => kafka.closed
        return cold('--a-b|')
      })
      expectObservable(concat(used, timer(1).pipe(map(() => closed())))).toBe('--a-b-(c|)', { a: 'a', b: 'b', c: true })
    })
  })

  it('errors when the connection fails, even if `use` looks away', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({}, { incoming: '-----#' })
      const used = broker({ host, transport }, () => NEVER).pipe(catchError(error => of(error.name)))
      expectObservable(used).toBe('-----(e|)', { e: 'ConnectionError' })
    })
  })

  it('opens anew for each subscription: retry asks again after the connection was lost', () => {
    marbles(({ expectObservable }) => {
      const transport = scriptedBroker({ Metadata: lettersEvery(2) }, { connect: '-o', incoming: '--#' })
      let attempts = 0
      const answers = broker({ host, transport }, kafka => {
        attempts++
        return kafka.request(Metadata, { topics: [] }).pipe(map(() => attempts))
      }).pipe(
        retry({ count: 2, delay: 10 }),
        catchError(error => of(`${error.name} after ${attempts}`)),
      )
      // 2 ms until it is lost, 10 ms until the next attempt.
      expectObservable(answers).toBe('26ms (e|)', { e: 'ConnectionError after 3' })
    })
  })

  describe('opening', () => {
    it.each([
      ['connecting', { connect: '-' }, 'no connection within 10 ms, DNS included'],
      [
        'ApiVersions',
        { connect: '----o' },
        'connected, but not open within 10 ms: ApiVersions was not answered; is this a Kafka listener, and one without TLS?',
      ],
    ])('is given up after `timeout` in all when %s takes too long', (_what, script, message) => {
      marbles(({ expectObservable }) => {
        const opened = broker({ host, timeout: 10, transport: scripted(script) }).pipe(
          catchError(error => of(`${error.name}: ${error.message}`)),
        )
        expectObservable(opened).toBe('----------(e|)', {
          e: `ConnectError: cannot connect to broker:9092: ${message}`,
        })
      })
    })

    it('has no deadline any more once it is open', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ Metadata: lettersEvery(20) })
        const answer = broker({ host, transport, timeout: 10 }, kafka => kafka.request(Metadata, { topics: [] }))
        expectObservable(answer.pipe(map(() => 'a'))).toBe('20ms (a|)')
      })
    })

    it('names TLS when the listener hangs up on the first byte', () => {
      marbles(({ expectObservable }) => {
        const transport = scripted({ incoming: '---|' })
        const opened = broker({ host, transport }).pipe(catchError(error => of(`${error.name}: ${error.message}`)))
        expectObservable(opened).toBe('---(e|)', {
          e: 'ConnectionError: ApiVersions was not answered: broker:9092 has closed the connection; is the listener TLS?',
        })
      })
    })
  })

  describe('asks an older broker', () => {
    const refusal = (range?: { min: number; max: number }) => (asked: Asked) =>
      of(
        frame(
          Buffer.from([0, 0, 0, asked.correlationId, 0, 35]),
          range === undefined ? Buffer.alloc(4) : Buffer.from([0, 0, 0, 1, 0, 18, 0, range.min, 0, range.max]),
        ),
      )

    it.each([
      ['in the version that its refusal names (KIP-511)', { min: 0, max: 3 }, [newest, 3]],
      ['in version 0 when its refusal names none', undefined, [newest, 0]],
    ])('%s', (_how, range, versions) => {
      marbles(({ expectObservable }) => {
        const refuse = refusal(range)
        const ApiVersions = (asked: Asked) => (asked.version === newest ? refuse(asked) : respond(asked, everyVersion))
        const transport = scriptedBroker({ ApiVersions })
        const asked = transport.sent.pipe(
          mergeMap(readRequests),
          map(({ version }) => version),
        )
        expectObservable(broker({ host, transport }).pipe(map(() => 'b'))).toBe('b')
        expectObservable(asked).toBe('(xy)', { x: versions[0], y: versions[1] })
      })
    })

    it('and gives up on one that has no version in common', () => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ ApiVersions: refusal({ min: 7, max: 9 }) })
        const opened = broker({ host, transport }).pipe(catchError(error => of(`${error.name}: ${error.message}`)))
        expectObservable(opened).toBe('(e|)', {
          e: `UnsupportedVersionError: broker:9092 knows versions 7 to 9 of ApiVersions, kafka-rx 0 to ${newest}`,
        })
      })
    })

    it('and says what else it answers with', () => {
      marbles(({ expectObservable }) => {
        const ApiVersions = (asked: Asked) => respond(asked, { ...everyVersion, errorCode: 42 })
        const opened = broker({ host, transport: scriptedBroker({ ApiVersions }) }).pipe(
          catchError(error => of(`${error.name} ${error.code} ${error.number}`)),
        )
        expectObservable(opened).toBe('(e|)', { e: 'BrokerError INVALID_REQUEST 42' })
      })
    })
  })

  describe('asks in', () => {
    const speaking = (min: number, max: number) => (asked: Asked) =>
      respond(asked, { errorCode: 0, apiKeys: [{ apiKey: 3, minVersion: min, maxVersion: max }] })

    it.each([
      ['the highest version that both know, which is theirs', [0, 9], undefined, 9],
      ['the highest version that both know, which is ours', [4, 99], undefined, 13],
      ['the version that was asked for', [0, 13], 5, 5],
    ] as const)('%s', (_what, [min, max], version, expected) => {
      marbles(({ expectObservable }) => {
        const transport = scriptedBroker({ ApiVersions: speaking(min, max), Metadata: lettersEvery(1) })
        const options = version === undefined ? {} : { version }
        const asked = transport.sent.pipe(
          mergeMap(readRequests),
          mergeMap(({ api, version }) => (api === 'Metadata' ? of(version) : EMPTY)),
        )
        expectObservable(
          broker({ host, transport }, kafka => kafka.request(Metadata, { topics: [] }, options)).pipe(ignoreElements()),
        ).toBe('-|')
        expectObservable(asked).toBe('v', { v: expected })
      })
    })

    it.each([
      [[4, 9], 12, 'version 12 was asked for; the broker knows versions 4 to 9, kafka-rx 0 to 13'],
      [[4, 9], 3, 'version 3 was asked for; the broker knows versions 4 to 9, kafka-rx 0 to 13'],
      [[14, 20], undefined, 'the broker knows versions 14 to 20, kafka-rx 0 to 13'],
      [undefined, undefined, 'the broker does not know this API; it may be older than it, or not serve it'],
    ] as const)('none, before anything is sent: %j, pinned %s', (theirs, version, message) => {
      marbles(({ expectObservable }) => {
        const ApiVersions =
          theirs === undefined
            ? (asked: Asked) => respond(asked, { errorCode: 0, apiKeys: [] })
            : speaking(theirs[0], theirs[1])
        const transport = scriptedBroker({ ApiVersions })
        const options = version === undefined ? {} : { version }
        const refused = broker({ host, transport }, kafka => kafka.request(Metadata, { topics: [] }, options)).pipe(
          catchError(error => of(`${error.name} ${error.outcome}: ${error.message}`)),
        )
        expectObservable(refused).toBe('(e|)', {
          e: `UnsupportedVersionError unsent: Metadata cannot be asked of broker:9092: ${message}`,
        })
        expectObservable(transport.sent.pipe(map(() => 'ApiVersions'))).toBe('a', { a: 'ApiVersions' })
      })
    })
  })
})
