import { concatMap, from, map, merge, of, repeat, type SchedulerLike, VirtualTimeScheduler } from 'rxjs'
import { TestScheduler } from 'rxjs/testing'
import { describe, expect, it } from 'vitest'
import { connect, decodeFrames, pullMap, receive, tryReceive } from '../../src/connection/index.js'
import { broker } from '../../src/index.js'
import { ApiVersions } from '../../src/protocol/index.js'
import { scripted } from '../../src/testing/index.js'

// None of these tests waits for anything: what they expect has come about inside `flush()`, or not at all.

const virtual: readonly (readonly [name: string, make: () => SchedulerLike & { flush(): void }])[] = [
  ['a VirtualTimeScheduler', () => new VirtualTimeScheduler()],
  ['a TestScheduler outside `run`', () => new TestScheduler(() => {})],
]

/** The answer of a broker that knows one API, 0 to 4 of ApiVersions. */
function apiVersions(request: Buffer) {
  const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: 4 }]
  const body = ApiVersions.response.encode({ errorCode: 0, apiKeys }, request.readInt16BE(6))
  const head = Buffer.alloc(8)
  head.writeInt32BE(4 + body.length)
  request.copy(head, 4, 8, 12)
  return of(Buffer.concat([head, body]))
}

describe.each(virtual)('%s drives all that a client does', (_name, make) => {
  it('a conversation: held bytes, reads that follow one another, writes, deadlines', () => {
    const scheduler = make()
    const told: unknown[] = []
    const transport = scripted({
      connect: '--o',
      incoming: '---a---b---c|',
      bytes: { a: 'abcdefgh', b: Buffer.from([0, 0, 0, 2, 1, 2]), c: 'ij' },
      write: '-|',
    })
    connect({ host: 'broker', transport, scheduler }, connection =>
      merge(
        connection.pipe(
          receive(3),
          pullMap(slice => of(String(slice))),
        ),
        from(['x', 'y']).pipe(concatMap(text => connection.write(Buffer.from(text)))),
      ).pipe(map(value => `${value} at ${scheduler.now()}`)),
    ).subscribe({ next: value => told.push(value), error: error => told.push(error.code) })
    connect({ host: 'broker', transport, scheduler }, connection =>
      merge(connection.pipe(tryReceive(8)), connection.pipe(decodeFrames())).pipe(
        map(bytes => `${bytes.length} bytes`),
      ),
    ).subscribe({ next: value => told.push(value), error: error => told.push(error.code) })
    connect({ host: 'broker', transport: scripted({ connect: '-' }), timeout: 500, scheduler }).subscribe({
      error: error => told.push(`${error.code} at ${scheduler.now()}`),
    })
    scheduler.flush()
    expect(told).toEqual([
      'abc at 3',
      'def at 3',
      '8 bytes',
      '1 at 3',
      '1 at 4',
      'gh\0 at 7',
      '\0\0\x02 at 7',
      '2 bytes',
      '\x01\x02i at 11',
      'END_OF_STREAM',
      'END_OF_STREAM',
      'CONNECT at 500',
    ])
  })

  it('a broker, its handshake and its requests', () => {
    const scheduler = make()
    const told: unknown[] = []
    const body = { clientSoftwareName: 'a', clientSoftwareVersion: '1' }
    broker({ host: 'broker', transport: scripted({ connect: '-o', answer: apiVersions }), scheduler }, kafka =>
      kafka.request(ApiVersions, body, { version: 0 }).pipe(repeat(3)),
    ).subscribe(({ apiKeys }) => told.push(`${apiKeys.length} at ${scheduler.now()}`))
    scheduler.flush()
    expect(told).toEqual(['1 at 1', '1 at 1', '1 at 1'])
  })
})

it("`turns` of one's own are taken instead", () => {
  const [scheduler, turns] = [new VirtualTimeScheduler(), new VirtualTimeScheduler()]
  const told: unknown[] = []
  connect({ host: 'broker', timeout: Number.POSITIVE_INFINITY, transport: scripted(), scheduler, turns }, connection =>
    connection.write(Buffer.from('abc')),
  ).subscribe(count => told.push(count))
  scheduler.flush()
  expect(told).toEqual([])
  turns.flush()
  expect(told).toEqual([3])
})
