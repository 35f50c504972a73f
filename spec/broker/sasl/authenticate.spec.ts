import { lastValueFrom, Subject } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { broker, type SaslTokenOptions } from '../../../src/index.js'
import { at, running } from '../../testing/embedded/running.js'

type Give = SaslTokenOptions['token']

/** Opens a broker with tokens of that provider. */
async function opening(token: Give) {
  const { cluster } = await running({ listen: false, sasl: {} })
  return broker({ ...at(cluster, 1, false), sasl: { mechanism: 'OAUTHBEARER', token } })
}

async function* failing(): AsyncGenerator<string> {
  yield await Promise.reject(new Error('no such realm'))
}

describe('a token provider', () => {
  it.each<[string, Give, string]>([
    ['rejects', () => Promise.reject(new Error('no such realm')), 'no such realm'],
    ['throws', () => thrown(new Error('no such realm')), 'no such realm'],
    ['fails as it is iterated', failing, 'no such realm'],
    ['rejects with nothing', () => Promise.reject(), 'undefined'],
    ['rejects with a symbol', () => Promise.reject(Symbol('no')), 'Symbol(no)'],
    ['rejects with what is no error', () => Promise.reject({ status: 503 }), 'an instance of Object'],
    ['rejects with what has no prototype', () => Promise.reject(Object.create(null)), 'an instance of Object'],
    ['rejects with an error of no message', () => Promise.reject(Object.assign(new Error('x'), { message: 7 })), '7'],
    ['is never resolved to a token', () => [], 'it completed without a token'],
    ['returns nothing', () => undefined as never, 'where a stream was expected'],
  ])('that %s is an AuthenticationError, worth another try', async (_what, token, message) => {
    const opened = await opening(token)
    await expect(lastValueFrom(opened)).rejects.toMatchObject({
      name: 'AuthenticationError',
      retriable: true,
      message: expect.stringMatching(/^cannot authenticate to .* by OAUTHBEARER: the token provider failed: /),
    })
    await expect(lastValueFrom(opened)).rejects.toThrow(message)
  })

  it('that rejects when nobody waits for it any more does not end the process', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    onTestFinished(() => {
      process.off('unhandledRejection', note)
    })
    const asked = new Subject<void>()
    let reject: (error: Error) => void = () => undefined
    const opened = await opening(() => {
      asked.complete()
      return new Promise<string>((_, fail) => {
        reject = fail
      })
    })
    const subscription = opened.subscribe({ error: note })
    await lastValueFrom(asked, { defaultValue: undefined })
    subscription.unsubscribe()
    reject(new Error('no such realm'))
    await new Promise(resolve => setTimeout(resolve, 10))
    expect(unhandled).toEqual([])
  })
})

function thrown(error: Error): never {
  throw error
}
