import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { circlesAmong, importsOf, reachableFrom, type Sources, violations } from './house.js'

const root = fileURLToPath(new URL('..', import.meta.url))

const paths = (folder: string): string[] =>
  readdirSync(root + folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => `${entry.parentPath}/${entry.name}`.slice(root.length))

const sources: Sources = new Map(paths('src').map(path => [path, readFileSync(root + path, 'utf8')]))

/** The folders of src/, those to come too. */
const rooms = [...new Set([...sources.keys()].flatMap(path => /^src\/(\w+)\//.exec(path)?.[1] ?? []))]

/** The files that docs/DESIGN.md names. */
const named = [...readFileSync(`${root}docs/DESIGN.md`, 'utf8').matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = '']) =>
  name.replace(/^(\.\.\/)+/, ''),
)
/** Named by what they pass on, by Kafka, or by their folder. */
const isOnNoRow = /\/index\.ts$|\/protocol\/messages\/|\/embedded\/(requests|transactions)\//

describe('the house', () => {
  it('imports in one direction only', () => {
    expect(sources.size).toBeGreaterThan(0)
    expect(violations(sources)).toEqual([])
  })

  it.each(rooms.filter(room => room !== 'testing'))('imports in no circle in %s, not even types', room => {
    expect(circlesAmong(new Map([...sources].filter(([path]) => path.startsWith(`src/${room}/`))))).toEqual([])
  })

  it.each(rooms)('has each file of %s on the map', room => {
    const own = [...sources.keys()].filter(path => path.startsWith(`src/${room}/`) && !isOnNoRow.test(path))
    expect(own.filter(path => !named.some(name => path.endsWith(`/${name}`)))).toEqual([])
  })

  it('has no file on the map that is not there', () => {
    const files = ['src', 'examples', 'bench', 'spec', 'marble-tests', 'tools'].flatMap(paths)
    expect(named).not.toEqual([])
    expect(named.filter(name => !files.some(path => `/${path}`.endsWith(`/${name}`)))).toEqual([])
  })

  it('names no file after a drawer', () => {
    const drawers = paths('src').filter(path => /\b(utils?|helpers?|common|manager|misc|shared)\b/.test(path))
    expect(drawers).toEqual([])
  })

  it('keeps protocol code out of kafka-rx/connection', () => {
    const reached = [...reachableFrom('src/connection/index.ts', sources)]
    expect(reached).toContain('src/errors.ts')
    expect(reached.filter(path => path.startsWith('src/') && !/^src\/(connection\/|errors[./])/.test(path))).toEqual([])
  })
})

describe('violations', () => {
  it.each([
    ['errors on connection', 'src/errors.ts', "import { connect } from './connection/connect.js'"],
    ['connection on protocol', 'src/connection/frames.ts', "import { crc } from '../protocol/crc32c.js'"],
    ['connection on the whole', 'src/connection/frames.ts', "import { kafka } from '../index.js'"],
    ['protocol on connection', 'src/protocol/batch.ts', "import type { Chunk } from '../connection/chunk.js'"],
    ['protocol on RxJS', 'src/protocol/batch.ts', "import { map } from 'rxjs'"],
    ['protocol on I/O', 'src/protocol/batch.ts', "import { readFileSync } from 'node:fs'"],
    ['broker on cluster', 'src/broker/broker.ts', "export * from '../cluster/kafka.js'"],
    ['cluster on producer', 'src/cluster/kafka.ts', "const late = import('../producer/producer.js')"],
    ['producer on consumer', 'src/producer/producer.ts', "import '../consumer/consumer.js'"],
    ['group on consumer', 'src/group/group.ts', "import {\n  consume,\n} from '../consumer/consumer.js'"],
    ['consumer on transform', 'src/consumer/consumer.ts', "import '../transform/transform.js'"],
    ['the whole on testing', 'src/index.ts', "export { scripted } from './testing/scripted.js'"],
    ['connection on testing', 'src/connection/tcp.ts', "type Script = import('../testing/scripted.js').Script"],
    ['src on spec', 'src/connection/tcp.ts', "import '../../spec/house.js'"],
    ['src on its own package', 'src/broker/broker.ts', "import { connect } from 'kafka-rx/connection'"],
    ['a room that is not in the plan', 'src/cellar/wine.ts', "import { map } from 'rxjs'"],
  ])('finds %s', (_name, path, source) => {
    expect(violations(new Map([[path, source]]))).toEqual([expect.stringContaining(path)])
  })

  it.each([
    ['src/connection/tcp.ts', "import { connect } from 'node:net'\nimport { ConnectError } from '../errors.js'"],
    ['src/connection/receive.ts', "// import '../protocol/batch.js'\nimport { pull } from './byte-source.js'"],
    ['src/protocol/batch.ts', "import { gunzipSync } from 'node:zlib'\nimport { ProtocolError } from '../errors.js'"],
    ['src/consumer/consumer.ts', "import { join } from '../group/join.js'"],
    ['src/transform/transform.ts', "import '../producer/producer.js'\nimport '../consumer/consumer.js'"],
    ['src/testing/embedded-broker.ts', "import { apis } from '../protocol/apis.js'\nimport { tcp } from './tcp.js'"],
  ])('finds nothing in %s', (path, source) => {
    expect(violations(new Map([[path, source]]))).toEqual([])
  })

  it('says which file, what it imports, and what it stands on', () => {
    const source = "import { apis } from '../protocol/apis.js'"
    expect(violations(new Map([['src/connection/tcp.ts', source]]))).toEqual([
      'src/connection/tcp.ts imports src/protocol/apis.ts: connection stands on errors, not on protocol',
    ])
  })
})

describe('reachableFrom', () => {
  const house: Sources = new Map([
    ['src/a/index.ts', "export * from './one.js'"],
    ['src/a/one.ts', "import { map } from 'rxjs'\nimport './index.js'\nimport type { Two } from '../b/two.js'"],
    ['src/b/two.ts', "export { three } from './three.js'"],
    ['src/b/three.ts', 'export const three = 3'],
    ['src/b/four.ts', 'export const four = 4'],
  ])

  it('follows every import, in circles too', () => {
    const reached = ['src/a/index.ts', 'src/a/one.ts', 'rxjs', 'src/b/two.ts', 'src/b/three.ts']
    expect([...reachableFrom('src/a/index.ts', house)]).toEqual(reached)
  })

  it('refuses a file that is not there', () => {
    expect(() => reachableFrom('src/a/none.ts', house)).toThrow('src/a/none.ts is imported and does not exist')
  })
})

describe('circlesAmong', () => {
  it('finds files that import one another, and nothing where none does', () => {
    const tree: Sources = new Map([
      ['src/a/one.ts', "import './two.js'\nimport { map } from 'rxjs'"],
      ['src/a/two.ts', "import './three.js'"],
      ['src/a/three.ts', "import '../b/four.js'"],
    ])
    expect(circlesAmong(tree)).toEqual([])
    const circle = new Map([...tree, ['src/a/three.ts', "import type { One } from './one.js'"]])
    expect(circlesAmong(circle)).toEqual(['src/a/one.ts', 'src/a/two.ts', 'src/a/three.ts'])
  })
})

describe('importsOf', () => {
  it('sees every form of import and nothing in comments', () => {
    const source = `
      import a from 'a' // import 'x'
      import { b,
        bb } from "b"
      export * from './c.js'
      import type { D } from './d.js'
      /** import { y } from 'y' */
      const e = await import('e')
      const f = require('f'), url = 'http://example.com'
      type G = import('g').G
      import 'h'
    `
    expect(importsOf(source)).toEqual(['a', 'b', './c.js', './d.js', 'e', 'f', 'g', 'h'])
  })
})
