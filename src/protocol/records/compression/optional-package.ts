import { createRequire } from 'node:module'
import { CompressionError } from '../../../errors.js'

/** A package that need not be there, loaded synchronously on the first call; undefined where it is not installed. */
export function optionalPackage<T>(name: string): T | undefined {
  try {
    return load(name) as T
  } catch {
    return undefined
  }
}

/**
 * A package that a codec cannot do without, loaded synchronously on the first call.
 *
 * @throws {CompressionError} naming the package, when it is not installed or does not load on this platform
 */
export function codecPackage<T>(name: string, codec: string, where = ''): T {
  try {
    return load(name) as T
  } catch (cause) {
    throw new CompressionError(`${codec}${where} needs the package ${name}: npm install ${name}`, {
      codec,
      packageName: name,
      cause,
    })
  }
}

/** From beside this code, as peer dependencies are found; where it is not there, from where the process runs. */
function load(name: string): unknown {
  const file = thisFile()
  if (file !== undefined && isFound(name, file)) return createRequire(file)(name)
  return createRequire(`${process.cwd()}/`)(name)
}

function isFound(name: string, file: string): boolean {
  try {
    createRequire(file).resolve(name)
    return true
  } catch {
    return false
  }
}

/**
 * Where this code stands, a path or a URL, read off a stack. `import.meta.url` says so in ES modules alone: it does not
 * even parse in the CommonJS that Jest makes of this package, and is empty in what bundlers make.
 */
function thisFile(): string | undefined {
  const prepare = Error.prepareStackTrace
  try {
    Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName()
    // What prepareStackTrace returned.
    return new Error('where').stack
  } finally {
    Error.prepareStackTrace = prepare
  }
}
