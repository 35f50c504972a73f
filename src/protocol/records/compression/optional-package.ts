import { createRequire } from 'node:module'

import { CompressionError } from '../../../errors.js'

const require = createRequire(import.meta.url)

/** A package that need not be there, loaded synchronously on the first call; undefined where it is not installed. */
export function optionalPackage<T>(name: string): T | undefined {
  try {
    return require(name) as T
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
    return require(name) as T
  } catch (cause) {
    throw new CompressionError(`${codec}${where} needs the package ${name}: npm install ${name}`, {
      codec,
      packageName: name,
      cause,
    })
  }
}
