import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CompressionError } from '../../../../src/errors.js'
import { codecPackage, optionalPackage } from '../../../../src/protocol/records/compression/optional-package.js'

it('finds what is installed beside this package, and names what is not', () => {
  expect(optionalPackage('lz4-napi')).toHaveProperty('compressSync')
  expect(optionalPackage('kafka-rx-none')).toBeUndefined()
  expect(() => codecPackage('kafka-rx-none', 'lz4')).toThrow(CompressionError)
  expect(() => codecPackage('kafka-rx-none', 'lz4')).toThrow('lz4 needs the package kafka-rx-none: npm install')
})

// As Jest, ts-jest and bundlers make it of this package.
describe('as CommonJS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'kafka-rx-'))
  const [compiled, elsewhere] = [join(directory, 'compiled'), join(directory, 'elsewhere')]

  beforeAll(() => {
    const at = (path: string) => fileURLToPath(new URL(`../../../../${path}`, import.meta.url))
    const options = ['--module', 'commonjs', '--moduleResolution', 'bundler', '--target', 'es2023', '--types', 'node']
    const sources = ['src/errors.ts', 'src/protocol/records/index.ts'].map(at)
    const tsc = ['--ignoreConfig', ...options, '--typeRoots', at('node_modules/@types'), '--outDir', compiled]
    execFileSync(process.execPath, [
      at('node_modules/typescript/lib/tsc.js'),
      ...tsc,
      '--rootDir',
      at('src'),
      ...sources,
    ])
    mkdirSync(elsewhere)
    for (const folder of [compiled, elsewhere]) writeFileSync(join(folder, 'package.json'), '{}')
  })

  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  /** What a program says that writes a record with each compression, run in `cwd`. */
  function run(cwd: string): unknown {
    const program = `
      const { RecordBatchWriter, recordBatches } = require(${JSON.stringify(join(compiled, 'protocol/records/index.js'))})
      const outcomes = {}
      for (const compression of ['gzip', 'lz4', 'zstd']) {
        const writer = new RecordBatchWriter({ compression })
        writer.append({ value: 'v', timestamp: 0 })
        try {
          for (const batch of recordBatches(writer.close()))
            for (const { value } of batch) outcomes[compression] = String(value)
        } catch (error) {
          outcomes[compression] = error.code
        }
      }
      console.log(JSON.stringify(outcomes))`
    return JSON.parse(execFileSync(process.execPath, ['-e', program], { cwd, encoding: 'utf8' }))
  }

  /** Does not compress at all. */
  function installLz4(folder: string): void {
    const home = join(folder, 'node_modules', 'lz4-napi')
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'index.js'), 'exports.compressSync = bytes => Buffer.concat([Buffer.alloc(4), bytes])')
  }

  const zstd = 'zstdCompressSync' in zlib ? 'v' : 'COMPRESSION'

  it('says what is missing, and finds it where the process runs or beside itself', () => {
    expect(run(elsewhere)).toEqual({ gzip: 'v', lz4: 'COMPRESSION', zstd })
    installLz4(elsewhere)
    expect(run(elsewhere)).toEqual({ gzip: 'v', lz4: 'v', zstd })
    expect(run(directory)).toEqual({ gzip: 'v', lz4: 'COMPRESSION', zstd })
    installLz4(compiled)
    expect(run(directory)).toEqual({ gzip: 'v', lz4: 'v', zstd })
  })
})
