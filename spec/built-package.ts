import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { installed, root, run, succeed, tsc } from './user-project.js'

const cache = join(root, 'node_modules/.cache/kafka-rx')
const HOUR = 3_600_000

/**
 * The folder with what `npm run build` makes of the sources as they are now. Not to be changed: it is built by the first
 * spec that asks and shared by all of them, of later runs too.
 */
export function builtPackage(): string {
  const dist = join(cache, fingerprint())
  if (existsSync(dist)) return dist
  mkdirSync(cache, { recursive: true })
  removeOld()
  const own = mkdtempSync(join(cache, 'building-'))
  succeed(run(root, process.execPath, tsc, '-p', 'tsconfig.build.json', '--outDir', own))
  try {
    renameSync(own, dist)
  } catch (error) {
    // Another worker was as fast.
    if (!existsSync(dist)) throw error
    rmSync(own, { recursive: true })
  }
  return dist
}

/** Installs it into a user's project without npm, for those who are after what the package does and not how it is packed. */
export function fromSource(folder: string): void {
  const home = join(folder, 'node_modules/kafka-rx')
  mkdirSync(home)
  cpSync(join(root, 'package.json'), join(home, 'package.json'))
  cpSync(builtPackage(), join(home, 'dist'), { recursive: true })
  symlinkSync(installed('rxjs'), join(folder, 'node_modules/rxjs'))
}

/** Of all that the build depends on. */
function fingerprint(): string {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(path =>
    path.endsWith('.ts'),
  )
  const inputs = [
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
    ...sources.map(path => join('src', path)),
  ]
  const hash = createHash('sha256')
  for (const path of inputs.toSorted())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** Those of other states of the sources, unless somebody may still be running them. */
function removeOld(): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    if (Date.now() - statSync(path).mtimeMs > HOUR) rmSync(path, { recursive: true, force: true })
  }
}
