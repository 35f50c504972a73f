import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { concatMap, from, lastValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedBroker } from '../../src/testing/index.js'
import { fromSource } from '../built-package.js'
import { type UserProject, userProject } from '../user-project.js'

const run = promisify(execFile)

const produce = `
import { Kafka } from 'kafka-rx'
const kafka = new Kafka({ bootstrap: process.argv[2], idleTimeout: Infinity })
process.on('exit', () => console.log('exit'))
kafka.producer().send({ topic: 'a', value: 'x' }).subscribe(({ offset }) => console.log('delivered', String(offset)))
`

const unsubscribed = `
import { Kafka } from 'kafka-rx'
const kafka = new Kafka({ bootstrap: process.argv[2], idleTimeout: Infinity })
process.on('exit', () => console.log('exit'))
const asked = kafka.topics().subscribe()
setTimeout(() => asked.unsubscribe(), 20)
`

describe('a process', () => {
  let user: UserProject

  beforeAll(() => {
    user = userProject(fromSource)
    user.write('produce.js', produce)
    user.write('unsubscribed.js', unsubscribed)
  }, 120_000)
  afterAll(() => user?.remove())

  const outputOf = (program: string, debug = '') =>
    lastValueFrom(
      embeddedBroker({ topics: { a: 1 } }, ({ bootstrap: [server], records }) =>
        from(
          run(process.execPath, [join(user.folder, program), server], {
            timeout: 30_000,
            env: { ...process.env, NODE_DEBUG: debug },
          }),
        ).pipe(
          concatMap(({ stdout, stderr }) => [
            { lines: stdout.trim().split('\n'), stderr, kept: records('a', 0).length },
          ]),
        ),
      ),
    )

  it('that has produced exits by itself, with its connections idle, and not before the record is delivered', async () => {
    expect(await outputOf('produce.js')).toEqual({ lines: ['delivered 0', 'exit'], stderr: '', kept: 1 })
  }, 60_000)

  it('that has unsubscribed exits by itself', async () => {
    expect(await outputOf('unsubscribed.js')).toMatchObject({ lines: ['exit'] })
  }, 60_000)

  it('prints events with NODE_DEBUG=kafka-rx, and names the API of each request', async () => {
    const { stderr } = await outputOf('produce.js', 'kafka-rx')
    expect(stderr).toMatch(/connected .*nodeId: -?\d+.*127\.0\.0\.1/)
    expect(stderr).toMatch(/metadata /)
    expect(stderr).toMatch(/Produce/)
    expect(stderr).toMatch(/InitProducerId/)
  }, 60_000)
})
