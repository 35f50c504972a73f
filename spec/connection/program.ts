import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll } from 'vitest'

/** How a program went. */
export interface Run {
  /** Null when it had to be killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs ES modules that import `kafka-rx` and its other entry points. */
export type RunProgram = (
  source: string,
  options?: { readonly env?: Record<string, string | number>; readonly flags?: readonly string[] },
) => Promise<Run>

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Compiles the package for the specs of this file, as its users get it; each program runs in a process of its own. */
export function compiled(): RunProgram {
  const cache = `${root}node_modules/.cache/`
  let dist = ''
  beforeAll(() => {
    mkdirSync(cache, { recursive: true })
    dist = mkdtempSync(`${cache}kafka-rx-`)
    execFileSync(`${root}node_modules/.bin/tsc`, ['-p', 'tsconfig.build.json', '--outDir', dist], { cwd: root })
  }, 60_000)
  afterAll(() => rmSync(dist, { recursive: true }))
  return (source, { env = {}, flags = [] } = {}) => {
    const program = source.replaceAll(
      /'kafka-rx(\/\w+)?'/g,
      (_, entry = '') => `'${pathToFileURL(`${dist}${entry}/index.js`)}'`,
    )
    const variables = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]))
    return new Promise(resolve => {
      execFile(
        process.execPath,
        [...flags, '--input-type=module', '--eval', program],
        { cwd: root, env: { ...process.env, NODE_DEBUG: '', ...variables }, timeout: 15_000, maxBuffer: 2 ** 26 },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
          resolve({ code, stdout, stderr })
        },
      )
    })
  }
}
