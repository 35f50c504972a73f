import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromSource } from '../built-package.js'
import { type UserProject, userProject } from '../user-project.js'
import { useKafka } from './harness/use-kafka.js'

describe('a thousand subscribes and unsubscribes of each operation', () => {
  const kafka = useKafka()
  let user: UserProject

  beforeAll(() => {
    user = userProject(fromSource)
    user.write('cycles.ts', readFileSync(new URL('cycles.ts', import.meta.url), 'utf8'))
    expect(user.compile()).toBe('')
  }, 60_000)
  afterAll(() => user?.remove())

  const run = (mode: string) => {
    const [bootstrap = ''] = kafka().bootstrap
    return user.run('cycles.js', { KAFKA_BROKERS: bootstrap, CYCLES_MODE: mode })
  }

  test('leave no connection, timer, descriptor or byte, once `released` has completed', () => {
    const { status, stdout, stderr } = run('wait')
    const lines = stdout.trimEnd().split('\n')
    console.info(stdout)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(lines.filter(line => !line.endsWith(': nothing is left'))).toEqual([])
    expect(lines.filter(line => line.includes(', 0 complete'))).toEqual([])
    expect(lines).toHaveLength(15)
  })

  test('keep no process alive that waits for nothing', () => {
    expect(run('leave')).toMatchObject({ status: 0, stderr: '', stdout: 'done\n' })
  })
})
