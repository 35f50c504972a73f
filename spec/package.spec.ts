import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  fromTarballs,
  installed,
  manifest,
  packClone,
  repack,
  root,
  run,
  type UserProject,
  userProject,
} from './user-project.js'

// What is tested here is the tarball that `npm publish` would upload, installed as a user would install it.

const declared = manifest(root)
const entries = Object.keys(declared.exports)
  .filter(path => path !== './package.json')
  .map(path => path.replace('.', 'kafka-rx'))

/** What belongs into the tarball; anything else there is a leak. */
const meant =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|docs\/[\w-]+\.md|examples\/[\w-]+\.ts|src\/[\w/-]+\.ts|dist\/[\w/-]+\.(js|d\.ts)(\.map)?)$/

describe('package-lock.json', () => {
  it('has all that npm ci asks for, for every platform', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
    const locked = Object.keys(packages).map(path => path.replace(/^.*node_modules\//, ''))
    const wanted = Object.values<Record<string, object>>(packages).flatMap(({ dependencies, optionalDependencies }) =>
      Object.keys({ ...dependencies, ...optionalDependencies }),
    )
    expect(wanted.filter(name => !locked.includes(name))).toEqual([])
    expect(packages[''].devDependencies).toEqual(declared.devDependencies)
  })
})

describe('the package', () => {
  let workshop: string
  let tarball: string
  let files: readonly string[]
  let user: UserProject

  beforeAll(() => {
    workshop = mkdtempSync(join(tmpdir(), 'kafka-rx-package-'))
    // By way of prepack, which builds: dist/ is not there before.
    ;({ tarball, files } = packClone(workshop))
    user = userProject(fromTarballs(tarball, repack('rxjs', workshop), repack('tslib', workshop)))
  }, 120_000)

  afterAll(() => {
    user?.remove()
    rmSync(workshop, { recursive: true, force: true })
  })

  const packed = (path: string): string => join(user.folder, 'node_modules/kafka-rx', path)

  describe('holds', () => {
    it('only what is meant', () => {
      expect(files.filter(path => !meant.test(path))).toEqual([])
    })

    it('its README, LICENSE and CHANGELOG', () => {
      expect(['README.md', 'LICENSE', 'CHANGELOG.md'].filter(path => !files.includes(path))).toEqual([])
    })

    it('what its README points to', () => {
      const links = [...readFileSync(packed('README.md'), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
        ([, path = '']) => path,
      )
      expect(links).toContain('docs/embedded-broker.md')
      // A folder is there with what is in it.
      expect(links.filter(path => !files.some(file => file === path || file.startsWith(`${path}/`)))).toEqual([])
    })

    it('nothing that is a syntax error once it has been made CommonJS, as Jest and bundlers do', () => {
      const code = files.filter(path => path.endsWith('.js')).map(path => readFileSync(packed(path), 'utf8'))
      const withoutComments = code.map(text => text.replace(/^ *(\*|\/\*|\/\/).*$/gm, ''))
      expect(withoutComments.filter(text => /import\.meta|\bconst require\b|^await /m.test(text))).toEqual([])
    })

    it('for each source its code, its types and the maps of both', () => {
      const names = files.filter(path => path.startsWith('src/')).map(path => path.slice('src/'.length, -'.ts'.length))
      expect(names).toContain('errors')
      const built = names.flatMap(name => ['.js', '.js.map', '.d.ts', '.d.ts.map'].map(end => `dist/${name}${end}`))
      expect(files.filter(path => path.startsWith('dist/')).toSorted()).toEqual(built.toSorted())
    })

    it('the sources that its maps point to', () => {
      const maps = files.filter(path => path.endsWith('.map'))
      const sources = maps.flatMap(map =>
        JSON.parse(readFileSync(packed(map), 'utf8')).sources.map((source: string) => join(dirname(map), source)),
      )
      expect(sources.length).toBe(maps.length)
      expect(sources.filter(source => !files.includes(source))).toEqual([])
    })

    it('no more than it needs: no dependency but rxjs, optional codecs and the types of node, and those as peers', () => {
      const { dependencies, peerDependencies, peerDependenciesMeta, ...rest } = manifest(packed('.'))
      const { type, sideEffects, engines, scripts } = rest
      const optional = ['@node-rs/crc32', '@types/node', 'fzstd', 'lz4-napi', 'snappy']
      expect({ dependencies, peers: Object.keys(peerDependencies).toSorted() }).toEqual({
        peers: [...optional, 'rxjs'].toSorted(),
      })
      expect(peerDependenciesMeta).toEqual(Object.fromEntries(optional.map(name => [name, { optional: true }])))
      expect({ type, sideEffects, engines }).toEqual({
        type: 'module',
        sideEffects: false,
        engines: { node: '>=20.19' },
      })
      expect(Object.keys(scripts).filter(name => /^(pre|post)?install$/.test(name))).toEqual([])
      expect(existsSync(packed('node_modules'))).toBe(false)
    })
  })

  describe.each(entries)('%s', entry => {
    it('is imported from an ES module and required from CommonJS: the same module', () => {
      user.write(
        'same.mjs',
        `import { createRequire } from 'node:module'
        import * as imported from '${entry}'
        const required = createRequire(import.meta.url)('${entry}')
        const names = Object.keys(imported)
        const same = names.every(name => imported[name] === required[name])
        console.log(JSON.stringify({ same, names }))`,
      )
      const { stdout, stderr, status } = user.run('same.mjs')
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
      expect(JSON.parse(stdout)).toEqual({ same: true, names: expect.arrayContaining([expect.any(String)]) })
    })

    it('is required first by a CommonJS program', () => {
      user.write('alone.cjs', `console.log(Object.keys(require('${entry}')).length > 0)`)
      expect(user.run('alone.cjs')).toMatchObject({ stdout: 'true\n', stderr: '', status: 0 })
    })
  })

  it('shows its package.json', () => {
    user.write('version.cjs', "console.log(require('kafka-rx/package.json').version)")
    expect(user.run('version.cjs').stdout).toBe(`${declared.version}\n`)
  })

  it.each([
    ['what `npm install` puts on the path', 'node_modules/.bin/kafka-rx-broker', []],
    ['npx', 'npx', ['--offline', '--loglevel=error', 'kafka-rx-broker']],
  ])('brings the command: %s', (_name, program, args) => {
    const { stdout, stderr, status } = run(
      user.folder,
      join(program === 'npx' ? '' : user.folder, program),
      ...args,
      '-h',
    )
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toContain('Usage: kafka-rx-broker [options]')
  })

  it('has the command in a clone, built and named by npm', () => {
    const { stdout, stderr, status } = run(join(workshop, 'clone'), 'npm', 'run', '--silent', 'broker', '--', '--help')
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout).toContain('Usage: kafka-rx-broker [options]')
  }, 60_000)

  it('keeps its inside to itself', () => {
    user.write('inside.cjs', "require('kafka-rx/dist/errors.js')")
    expect(user.run('inside.cjs').stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('compiles in a TypeScript program, as ES module and as CommonJS, its declarations checked', () => {
    entries.forEach((entry, index) => {
      user.write(`entry-${index}.mts`, `import * as entry from '${entry}'\nexport const names = Object.keys(entry)\n`)
      user.write(`entry-${index}.cts`, `import entry = require('${entry}')\nexport const names = Object.keys(entry)\n`)
    })
    user.write(
      'program.mts',
      `import { ConnectError, type KafkaError } from 'kafka-rx'
      import { type Connection, connect, open, receive } from 'kafka-rx/connection'
      import { map, type Observable } from 'rxjs'

      export const lengths: Observable<number> = connect({ host: 'localhost' }, (connection: Connection) =>
        connection.pipe(receive(4), map(bytes => bytes.readInt32BE())))
      export const advice = (error: KafkaError): boolean => error.retriable && !(error instanceof ConnectError)
      export async function hello(): Promise<void> {
        await using connection = await open({ host: 'localhost', timeout: 100 })
        connection.send.next(Buffer.from('hello'))
      }
      // @ts-expect-error the types are there and mean something
      connect({ hots: 'localhost' })
      `,
    )
    expect(user.compile()).toBe('')
  })

  it('shows users of a Connection its own members and nothing of its inside', () => {
    user.write(
      'members.mts',
      `import type { Connection } from 'kafka-rx'
      import type { Observable } from 'rxjs'

      export const own: Record<Exclude<keyof Connection, keyof Observable<Buffer>>, unknown> = {
        unread: 1, send: 1, write: 1, close: 1, closed: 1, queuedBytes: 1, bytesRead: 1, bytesWritten: 1,
        remoteAddress: 1, remotePort: 1, localAddress: 1, localPort: 1, [Symbol.asyncDispose]: 1,
      }
      `,
    )
    expect(user.compile()).toBe('')
  })

  it('leaves publint nothing to say', async () => {
    const bytes = readFileSync(tarball)
    const pack = { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) }
    const { messages, pkg } = await publint({ strict: true, pack })
    expect(messages.map(message => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  it('leaves Are The Types Wrong nothing to say under its profile for ES modules', () => {
    const attw = join(installed('@arethetypeswrong/cli'), 'dist/index.js')
    const { stdout, status } = run(root, process.execPath, attw, tarball, '--profile', 'esm-only', '--format', 'ascii')
    expect({ status, problems: stdout.match(/^[^(]*(💀|⚠️|❌|🥴|🐛).*$/gmu) }, stdout).toEqual({
      status: 0,
      problems: null,
    })
    for (const entry of entries) expect(stdout).toContain(`"${entry}"`)
  })
})
