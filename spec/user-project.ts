import { execFile, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this package. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const requireHere = createRequire(import.meta.url)

/** What a command left behind. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Somebody's project that depends on kafka-rx, in a temporary folder of its own. */
export interface UserProject {
  readonly folder: string
  write(path: string, text: string): void
  /** Compiles every file that was written; what the compiler had to say, nothing if it is content. */
  compile(): string
  run(path: string, env?: Readonly<Record<string, string>>): Outcome
  /** The same, while other tests go on. */
  start(path: string, env?: Readonly<Record<string, string>>): Promise<Outcome>
  remove(): void
}

/** Makes the project, with kafka-rx put into its node_modules by `install`. */
export function userProject(install: (folder: string) => void): UserProject {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-rx-user-'))
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write('package.json', JSON.stringify({ name: 'user', private: true, type: 'module' }))
  write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts', '*.mts', '*.cts'] }))
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
  install(folder)
  symlinkSync(installed('@types/node'), join(folder, 'node_modules/@types/node'))
  return {
    folder,
    write,
    compile: () => run(folder, process.execPath, tsc, '--pretty', 'false').stdout,
    run: (path, env = {}) => runWith(env, folder, process.execPath, path),
    start: (path, env = {}) => startWith(env, folder, process.execPath, path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The compiler of this package. */
export const tsc = join(installed('typescript'), 'bin/tsc')

const compilerOptions = {
  target: 'es2022',
  lib: ['es2022', 'esnext.disposable'],
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  types: ['node'],
}

/** Installs the way npm does, offline, from tarballs: `npm install kafka-rx rxjs` on a machine that has both. */
export function fromTarballs(...tarballs: string[]): (folder: string) => void {
  return folder => {
    npm(folder, 'install', '--offline', '--no-audit', '--no-fund', '--cache', join(folder, '.npm'), ...tarballs)
  }
}

/** Runs npm and gives back what it printed; an Error with all of its output when it fails. */
export function npm(cwd: string, ...args: string[]): string {
  return succeed(run(cwd, 'npm', ...args)).stdout
}

/** Where a package that this one depends on is installed. */
export function installed(name: string): string {
  return dirname(requireHere.resolve(`${name}/package.json`))
}

/** Packs an installed package again, so that it can be installed elsewhere without a network. */
export function repack(name: string, into: string): string {
  const [packed] = JSON.parse(npm(into, 'pack', '--ignore-scripts', '--json', installed(name)))
  return join(into, basename(packed.filename))
}

/** What `npm publish` would upload: this folder built and packed as a clean clone is, by way of prepack. */
export function packClone(workshop: string): { readonly tarball: string; readonly files: readonly string[] } {
  const clone = join(workshop, 'clone')
  mkdirSync(clone)
  cpSync(root, clone, { recursive: true, filter: path => !notCloned.test(relative(root, path)) })
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'))
  const [packed] = JSON.parse(npm(clone, 'pack', '--silent', '--json', '--pack-destination', workshop))
  return {
    tarball: join(workshop, packed.filename),
    files: packed.files.map((file: { path: string }) => file.path),
  }
}

/** What must not be in the copy of this folder that is built and packed: it would not be in a clean clone either. */
const notCloned = /(^|[/\\])node_modules$|^(\.git|dist|build|coverage)$/

/** package.json, as it stands in `folder`. */
export function manifest(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

export function run(cwd: string, command: string, ...args: string[]): Outcome {
  return runWith({}, cwd, command, ...args)
}

type Environment = Readonly<Record<string, string>>

function runWith(env: Environment, cwd: string, command: string, ...args: string[]): Outcome {
  return spawnSync(command, args, { ...limits, cwd, env: { ...environment, ...env } })
}

function startWith(env: Environment, cwd: string, command: string, ...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    const options = { ...limits, cwd, env: { ...environment, ...env } }
    const child = execFile(command, args, options, (_error, stdout, stderr) =>
      resolve({ status: child.exitCode, stdout, stderr }),
    )
  })
}

const limits = { timeout: 120_000, maxBuffer: 2 ** 26, encoding: 'utf8' } as const

// Started by `npm test`, this process carries npm's settings for this package, which are not the user's.
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^VITEST/i.test(name)))

/** An Error with all that was printed, when it has failed. */
export function succeed(outcome: Outcome): Outcome {
  if (outcome.status === 0) return outcome
  throw new Error(`exit ${outcome.status}\n${outcome.stdout}\n${outcome.stderr}`)
}
