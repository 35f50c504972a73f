import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installed, root, run } from './user-project.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kafka-rx-count-'))
  // Without one of its own, Vitest would look for a configuration in the folders above.
  writeFileSync(join(folder, 'vitest.config.mjs'), 'export default {}')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the counter says of these steps, and how it exits. */
function count(...steps: readonly (readonly [name: string, status: number, report?: string])[]) {
  writeFileSync(join(folder, 'results'), `${steps.map(step => step.join('\t')).join('\n')}\n`)
  const { stdout, status } = run(root, process.execPath, 'tools/count-tests.js', join(folder, 'results'))
  return { lines: stdout.trimEnd().split('\n'), status }
}

/** Vitest's own report of these test files, and how Vitest exited. */
function vitest(name: string, files: Readonly<Record<string, string>>): [name: string, status: number, report: string] {
  const report = join(folder, `${name}.json`)
  for (const [path, code] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.${path}.spec.mjs`), `import { beforeAll, it } from '${vitestEntry}'\n${code}`)
  }
  const options = ['--root', folder, '--reporter=json', '--outputFile.json', report]
  const { status } = run(root, process.execPath, vitestProgram, 'run', ...options, `${name}.`)
  return [name, status ?? -1, report]
}

const vitestProgram = join(installed('vitest'), 'vitest.mjs')
const vitestEntry = join(installed('vitest'), 'dist/index.js')

const passes = "it('passes', () => {})\n"
const fails = "it('fails', () => { throw new Error('as it should') })\n"

describe('the counter of tests', () => {
  it('sums what passed over all steps', () => {
    const steps = [vitest('first', { a: passes, b: passes }), vitest('second', { c: passes })]
    expect(count(['install', 0], ...steps)).toEqual({ lines: ['3 passed, 0 failed'], status: 0 })
  })

  it('counts every failed test', () => {
    const { lines, status } = count(
      vitest('mixed', { a: passes + fails, b: `${fails}it('fails too', () => { null.x })` }),
    )
    expect({ last: lines.at(-1), status }).toEqual({ last: '1 passed, 3 failed', status: 1 })
  })

  it('counts a file that does not load, and one whose hook throws, as a failure each', () => {
    const hook = `beforeAll(() => { throw new Error('hook') })\n${passes}`
    const { lines, status } = count(vitest('broken', { a: passes, b: "throw new Error('load')", c: hook }))
    expect(lines.at(-1)).toMatch(/^1 passed, 2 failed/)
    expect(status).toBe(1)
  })

  it('counts an error that no test caught', () => {
    const late = "it('leaves a rejection', () => { Promise.reject(new Error('late')) })"
    expect(count(vitest('late', { a: late }))).toEqual({
      lines: ['late: exit 1 although its tests passed', '1 passed, 1 failed'],
      status: 1,
    })
  })

  it('counts a step without tests that failed, and one that broke before its tests', () => {
    expect(count(['install', 7], ['test', 2, join(folder, 'none.json')])).toEqual({
      lines: ['install: exit 7', 'test: exit 2 before its tests ended', '0 passed, 2 failed'],
      status: 1,
    })
  })

  it('counts a step cut off while it wrote its report', () => {
    writeFileSync(join(folder, 'cut.json'), '{"numPassedTests": 5, "numFai')
    expect(count(['cut', 124, join(folder, 'cut.json')])).toEqual({
      lines: ['cut: exit 124 before its tests ended', '0 passed, 1 failed'],
      status: 1,
    })
  })

  it('is not content when nothing ran', () => {
    expect(count(['install', 0])).toEqual({ lines: ['0 passed, 0 failed'], status: 1 })
    expect(count(vitest('empty', {}))).toMatchObject({ status: 1 })
  })

  it('mentions what was skipped', () => {
    expect(count(vitest('skips', { a: `${passes}it.skip('later', () => {})` })).lines).toEqual([
      '1 passed, 0 failed, 1 skipped',
    ])
  })
})
