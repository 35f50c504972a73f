import { config } from 'rxjs'
import { afterEach, beforeEach, expect } from 'vitest'
import { sleep } from './peer.js'

/** Fails each test of the file that leaves an error unhandled, unless it takes it from the array that is returned. */
export function unhandledErrors(): unknown[] {
  const errors: unknown[] = []
  const collect = (error: unknown): void => void errors.push(error)
  beforeEach(() => {
    config.onUnhandledError = collect
    process.on('uncaughtException', collect).on('unhandledRejection', collect)
  })
  afterEach(async () => {
    await sleep(1)
    config.onUnhandledError = null
    process.off('uncaughtException', collect).off('unhandledRejection', collect)
    expect(errors.splice(0)).toEqual([])
  })
  return errors
}
