import { catchError, concat, defer, ignoreElements, mergeMap, of, take, takeUntil, tap, timer } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { virtually } from './virtual-life.js'

const protocols = ['classic', 'consumer'] as const
const topics = { a: 1 }

describe.each(protocols)('a topic made anew, %s', protocol => {
  it('gets no commit of what was read of the one before', () => {
    const told = virtually({ topics, kafka: { metadataMaxAge: 1000 } }, ({ kafka, write, committed, scheduler }) =>
      concat(
        write(['a', 'b', 'c']),
        kafka.consumer(
          { group: 'g', topics: 'a', protocol: protocol as 'classic', commit: { interval: 60_000 } },
          all =>
            concat(
              all.pipe(take(3), tap(all.acknowledge), ignoreElements()),
              defer(() => {
                all.pause()
                return concat(kafka.deleteTopics('a'), kafka.createTopics({ name: 'a', partitions: 1 })).pipe(
                  ignoreElements(),
                )
              }),
              timer(5000, scheduler).pipe(mergeMap(() => all.commit().pipe(ignoreElements()))),
            ),
        ),
        defer(() => of(`${committed('g')}`)),
        write(['x', 'y']),
        kafka.consumer({ group: 'g', topics: 'a', protocol: protocol as 'classic' }, all => all.pipe(take(2))),
      ),
    )
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual(['null', 'a-0@0 x', 'a-0@1 y', '|'])
  })
})

describe.each(protocols)('a commit that is refused for what it says, %s', protocol => {
  it('errors by itself, and ends no membership', () => {
    const told = virtually({ topics }, ({ kafka, write, broker, events, scheduler }) => {
      broker.fault({ api: 'OffsetCommit', error: 'OFFSET_METADATA_TOO_LARGE' })
      return concat(
        write(['a', 'b']),
        kafka.consumer({ group: 'g', topics: 'a', protocol: protocol as 'classic' }, all =>
          concat(
            all
              .commit({ topic: 'a', partition: 0, offset: 1n, metadata: 'x' })
              .pipe(catchError(({ code }) => of(String(code)))),
            all.pipe(takeUntil(timer(10_000, scheduler))),
          ),
        ),
        defer(() => events.flatMap(({ type }) => (type === 'lost' || type === 'commit-failed' ? type : []))),
      )
    })
    expect(told.map(one => one.replace(/^\d+: /, ''))).toEqual([
      'OFFSET_METADATA_TOO_LARGE',
      'a-0@0 a',
      'a-0@1 b',
      'commit-failed',
      '|',
    ])
  })
})
