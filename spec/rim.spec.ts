import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// The linter is run as `npm run lint` runs it, with the committed configuration, over files that break its rules.

const root = fileURLToPath(new URL('..', import.meta.url))
const biome = join(dirname(createRequire(import.meta.url).resolve('@biomejs/biome/package.json')), 'bin/biome')

/** What nobody away from the rim may write, and a part of what the linter answers. */
const banned: readonly (readonly [name: string, code: string, answer: string])[] = [
  ['setTimeout', 'export const timer = setTimeout(() => {}, 1)', 'global variable setTimeout'],
  ['setInterval', 'export const timer = setInterval(() => {}, 1)', 'global variable setInterval'],
  ['setImmediate', 'export const timer = setImmediate(() => {})', 'global variable setImmediate'],
  ['setTimeout by way of globalThis', 'export const timer = globalThis.setTimeout', 'global variable globalThis'],
  ['node:timers', "export { setTimeout } from 'node:timers'", 'Timers come in from outside'],
  ['node:timers/promises', "export const wait = () => import('node:timers/promises')", 'Timers come in from outside'],
  ['Date.now()', 'export const now = Date.now()', 'The clock comes in from outside'],
  ['Date.now handed on', 'export const clock = { now: Date.now }', 'The clock comes in from outside'],
  ['new Date()', 'export const now = new Date()', 'The clock comes in from outside'],
  ['performance.now()', 'export const now = performance.now()', 'The clock comes in from outside'],
  ['node:perf_hooks', "export { performance } from 'node:perf_hooks'", 'The clock comes in from outside'],
  ['Math.random', 'export const chance = Math.random()', 'Chance comes in from outside'],
  ['crypto.randomUUID', 'export const chance = crypto.randomUUID()', 'global variable crypto'],
  ['randomBytes', "export { randomBytes } from 'node:crypto'", 'Chance comes in from outside'],
  ['new Promise', 'export const promise = new Promise(() => {})', 'no `new Promise`'],
  ['new Promise<T>', 'export const promise = new Promise<void>(() => {})', 'no `new Promise`'],
  ['an async function', 'export async function one() {}', 'no `async`'],
  ['an async generator', 'export async function* one() {}', 'no `async`'],
  ['an async arrow', 'export const one = async (two: number) => two', 'no `async`'],
  ['an async function expression', 'export const one = async function () {}', 'no `async`'],
  ['an async method', 'export class One {\n  static async two() {}\n}', 'no `async`'],
  ['an async method of an object', 'export const one = { async two() {} }', 'no `async`'],
  ['await', 'export const one = await two', 'no `await`'],
  ['for await', 'for await (const one of two) three(one)', 'no `await`'],
  ['node:net', "import type { Socket } from 'node:net'\nexport type Raw = Socket", 'only at the rim'],
  ['node:tls', "export { connect } from 'node:tls'", 'only at the rim'],
  ['node:dns', "export { lookup } from 'node:dns'", 'only at the rim'],
  ['require of node:net', "export const net = require('node:net')", 'only at the rim'],
]

/** What looks like a violation and is none. */
const allowed: readonly (readonly [name: string, code: string])[] = [
  ['a Date of a given time', 'export const date = new Date(0)'],
  ['a property named async', 'export const one = { async: true }'],
  ['a method named async', 'export class One {\n  async() {\n    return 1\n  }\n}'],
  ['a promise handed on', 'export const one = (two: Promise<void>): Promise<void> => two.then(three)'],
  ['a clock named in a comment', '// Date.now() and setTimeout are async\nexport const one = 1'],
  ['the type of TLS options', "export type { ConnectionOptions } from 'node:tls'"],
  ['createHash', "export { createHash } from 'node:crypto'"],
]

const numbered = banned.map((row, index) => [...row, index] as const)

const rim = [
  'src/connection/tcp.ts',
  'src/connection/open.ts',
  'src/connection/system-scheduler.ts',
  'src/broker/random-bytes.ts',
  'src/testing/embedded/listener.ts',
]

interface Diagnostic {
  readonly category: string
  readonly message: string
  readonly location: { readonly path: string }
}

describe('the linter', () => {
  let folder: string
  let diagnostics: readonly Diagnostic[]

  const write = (path: string, code: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), `${code}\n`)
  }

  const answersTo = (path: string): string[] =>
    diagnostics.filter(found => found.location.path.endsWith(path)).map(found => `${found.category}: ${found.message}`)

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kafka-rx-rim-'))
    for (const path of ['biome.json', 'package.json', 'tools']) {
      cpSync(join(root, path), join(folder, path), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    banned.forEach(([, code], index) => {
      write(`src/connection/banned-${index}.ts`, code)
      write(`src/broker/banned-${index}.ts`, code)
      write(`marble-tests/connection/banned-${index}.marble.ts`, code)
    })
    allowed.forEach(([, code], index) => {
      write(`src/connection/allowed-${index}.ts`, code)
    })
    for (const path of rim) write(path, banned.map(([, code]) => code.replaceAll('export const', 'const')).join('\n'))
    write('src/connection/NotKebab.ts', 'export const one = 1')
    write('src/connection/talks.ts', "console.log('bytes')\nexport const one = 1")
    write('src/connection/undeclared.ts', "export { Observable } from 'rxjs'\nexport { assert } from 'fast-check'")
    write('spec/connection/skipped.spec.ts', "import { it } from 'vitest'\n\nit.skip('is not run', () => {})")
    diagnostics = lint(folder)
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  describe.each(['src/connection/banned-%d.ts', 'src/broker/banned-%d.ts'])('in %s', path => {
    it.each(numbered)('refuses %s', (_name, _code, answer, index) => {
      expect(answersTo(path.replace('%d', String(index))).join('\n')).toContain(answer)
    })
  })

  it.each(numbered.filter(([name]) => /^(set|node:(timers|net|tls|dns))/.test(name)))(
    'refuses %s in a marble test',
    (_name, _code, answer, index) => {
      expect(answersTo(`marble-tests/connection/banned-${index}.marble.ts`).join('\n')).toContain(answer)
    },
  )

  it.each(allowed.map((row, index) => [...row, index] as const))('accepts %s', (_name, _code, index) => {
    expect(answersTo(`src/connection/allowed-${index}.ts`).filter(isOfTheRim)).toEqual([])
  })

  it.each(rim)('lets %s, which is at the rim, touch what it must', path => {
    expect(answersTo(path).filter(isOfTheRim)).toEqual([])
  })

  it('refuses a package in src/ that users do not get, and no other', () => {
    expect(answersTo('src/connection/undeclared.ts')).toEqual([
      expect.stringMatching(/^lint\/correctness\/noUndeclaredDependencies: .*fast-check/),
    ])
  })

  it('refuses a file whose name is not kebab-case, console in src/, a skipped test', () => {
    expect(answersTo('src/connection/NotKebab.ts').join()).toContain('lint/style/useFilenamingConvention')
    expect(answersTo('src/connection/talks.ts').join()).toContain('lint/suspicious/noConsole')
    expect(answersTo('spec/connection/skipped.spec.ts').join()).toContain('lint/suspicious/noSkippedTests')
  })
})

function lint(folder: string): readonly Diagnostic[] {
  const options = ['--vcs-enabled=false', '--max-diagnostics=none', '--reporter=json']
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', ...options, '.'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  return JSON.parse(stdout).diagnostics
}

const isOfTheRim = (answer: string): boolean => /^plugin|noRestricted/.test(answer)
