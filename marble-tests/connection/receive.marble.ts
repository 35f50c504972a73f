import { switchMap } from 'rxjs'
import { expect, it } from 'vitest'
import { connect, receive } from '../../src/connection/index.js'
import { byteMarbles, scripted, text } from '../../src/testing/index.js'

const marbles = byteMarbles((actual, expected) => expect(actual).toEqual(expected))
const host = 'broker'

it('cuts exact slices out of whatever chunks come', () => {
  marbles(({ expectObservable }) => {
    const transport = scripted({ connect: '--o', incoming: '----a-b|', bytes: { a: 'abcde', b: 'fgh' } })
    const slices = connect({ host, transport }).pipe(switchMap(connection => connection.pipe(receive(4), text)))
    expectObservable(slices).toBe('----x-y|', { x: 'abcd', y: 'efgh' })
  })
})
