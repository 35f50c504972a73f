import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { beforeAll } from 'vitest'
import { builtPackage } from '../built-package.js'
import { root } from '../user-project.js'

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

/** Runs them with the package as its users get it; each program in a process of its own. */
export function compiled(): RunProgram {
  let dist = ''
  beforeAll(() => {
    dist = builtPackage()
  }, 60_000)
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
