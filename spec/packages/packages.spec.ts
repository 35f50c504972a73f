import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fencedBlocks } from '../snippets.js'
import { installed, npm, type Outcome, packClone, root, run, tsc as typeScript7 } from '../user-project.js'

// The tarball in projects of other kinds than ours: tests under Jest, CommonJS made by TypeScript and by esbuild, NestJS.
// What docs/nestjs.md says is taken from there. The tools are installed for this alone, into a temporary folder.

const blocks = fencedBlocks('docs/nestjs.md', readFileSync(join(root, 'docs/nestjs.md'), 'utf8'))
const jestConfig = JSON.parse(blocks.find(({ language }) => language === 'json')?.code ?? '{}')
const documented = (file: string): string => {
  const found = blocks.find(({ code }) => code.startsWith(`// ${file}\n`))
  if (found === undefined) throw new Error(`docs/nestjs.md has no ${file}`)
  return found.code
}

/** Uses every entry point and a package that is loaded on first use; nothing of it is particular to a module system. */
const program = `
import { firstValueFrom, map } from 'rxjs'
import { broker } from 'kafka-rx'
import { hexdump } from 'kafka-rx/connection'
import { Metadata, RecordBatchWriter, recordBatches } from 'kafka-rx/protocol'
import { embeddedBroker } from 'kafka-rx/testing'

export const dumped = hexdump(Buffer.from('kafka'))

export const compressed = () => {
  const writer = new RecordBatchWriter({ compression: 'snappy' })
  writer.append({ key: null, value: Buffer.from('apples'), timestamp: 0n })
  return [...recordBatches(writer.close())].flatMap(batch => [...batch].map(({ value }) => batch.compression + ' ' + value))
}

export const partitions = () =>
  firstValueFrom(
    embeddedBroker({ topics: { orders: 3 } }, ({ brokers: [{ host, port }] }) =>
      broker({ host, port }, kafka => kafka.request(Metadata, { topics: [{ name: 'orders' }] })).pipe(
        map(({ topics: [topic] }) => topic?.partitions.length),
      ),
    ),
  )
`
const told = 'kafka true snappy apples 3\n'
const main = `${program}
partitions().then(count => console.log('kafka', dumped.includes('kafka'), ...compressed(), count))
`
const jestTest = `${program}
it('runs under Jest', async () => {
  expect(dumped).toContain('kafka')
  expect(compressed()).toEqual(['snappy apples'])
  expect(await partitions()).toBe(3)
})
`

let workshop: string
let project: string

beforeAll(() => {
  workshop = mkdtempSync(join(tmpdir(), 'kafka-rx-packages-'))
  project = join(workshop, 'project')
  cpSync(join(root, 'spec/packages/project'), project, { recursive: true })
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  npm(project, 'ci', ...quiet)
  npm(project, 'install', '--no-save', ...quiet, packClone(workshop).tarball)
})

afterAll(() => rmSync(workshop, { recursive: true, force: true }))

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

const writeJson = (path: string, value: unknown): void => write(path, JSON.stringify(value))

const node = (...args: string[]): Outcome => run(project, process.execPath, ...args)

const compilerOptions = { target: 'es2022', lib: ['es2022', 'esnext.disposable'], strict: true, skipLibCheck: true }

describe.each([
  ['29', 'jest-29'],
  ['30', 'jest'],
])('Jest %s', (_version, jest) => {
  const test = (folder: string, config: object, ...flags: string[]): Outcome => {
    writeJson(`${folder}/jest.config.json`, { ...config, rootDir: project, roots: [`<rootDir>/${folder}`] })
    const cache = ['--cacheDirectory', join(workshop, jest)]
    return node(...flags, `node_modules/${jest}/bin/jest.js`, '-c', `${folder}/jest.config.json`, '--ci', ...cache)
  }

  it('runs TypeScript tests with the configuration of docs/nestjs.md', () => {
    const folder = `${jest}-typescript`
    write(`${folder}/orders.test.ts`, `import { expect, it } from '@jest/globals'${jestTest}`)
    writeJson('tsconfig.json', { compilerOptions: { ...compilerOptions, module: 'nodenext', isolatedModules: true } })
    const { stderr, status } = test(folder, jestConfig)
    expect(status, stderr).toBe(0)
    expect(stderr).toContain('Tests:       1 passed, 1 total')
    expect(stderr).not.toContain('ts-jest[')
  })

  it('runs tests that are ES modules, and transforms nothing', () => {
    const folder = `${jest}-modules`
    write(`${folder}/orders.test.mjs`, `import { expect, it } from '@jest/globals'${jestTest}`)
    const config = { transform: {}, testMatch: ['**/*.test.mjs'], moduleFileExtensions: ['js', 'mjs'] }
    const { stderr, status } = test(folder, config, '--experimental-vm-modules')
    expect(status, stderr).toBe(0)
    expect(stderr).toContain('Tests:       1 passed, 1 total')
  })
})

describe('Vitest', () => {
  it('runs the test of docs/nestjs.md without configuration', () => {
    write(
      'vitest/kafka.spec.ts',
      documented('kafka.spec.ts').replace("'vitest'", `'${installed('vitest')}/dist/index.js'`),
    )
    write('vitest/vitest.config.mjs', 'export default {}')
    const { stdout, stderr, status } = node(join(installed('vitest'), 'vitest.mjs'), 'run', '--root', 'vitest')
    expect(status, stdout + stderr).toBe(0)
    expect(stdout).toMatch(/Tests .*1 passed/)
  })
})

describe('CommonJS made by TypeScript', () => {
  const typeScript5 = 'node_modules/typescript/bin/tsc'

  const compile = (folder: string, tsc: string, options: object): Outcome => {
    write(`${folder}/main.ts`, main)
    writeJson(`${folder}/tsconfig.json`, { compilerOptions: { ...compilerOptions, ...options }, include: ['*.ts'] })
    return node(tsc, '-p', folder, '--pretty', 'false')
  }

  it.each([
    ['5.9, nodenext', typeScript5, { module: 'nodenext' }],
    ['5.9, node20', typeScript5, { module: 'node20' }],
    ['5.9, commonjs, which finds modules as older TypeScript does', typeScript5, { module: 'commonjs' }],
    ['7, nodenext', typeScript7, { module: 'nodenext', types: ['node'] }],
    ['7, commonjs, without naming node among its types', typeScript7, { module: 'commonjs' }],
  ])('compiles and runs: %s', (name, tsc, options) => {
    const folder = name.replace(/\W+/g, '-')
    expect(compile(folder, tsc, options)).toMatchObject({ stdout: '', status: 0 })
    expect(node(`${folder}/main.js`)).toMatchObject({ stdout: told, stderr: '', status: 0 })
  })

  it('is refused under node16, in which require() of an ES module is an error', () => {
    const { stdout } = compile('node16', typeScript5, { module: 'node16' })
    expect(stdout).toContain('error TS1479')
  })

  it('is told what to install where the types of node are missing', () => {
    const without = join(workshop, 'without-node')
    mkdirSync(join(without, 'node_modules'), { recursive: true })
    for (const name of ['kafka-rx', 'rxjs', 'tslib']) {
      cpSync(join(project, 'node_modules', name), join(without, 'node_modules', name), { recursive: true })
    }
    writeFileSync(
      join(without, 'main.ts'),
      "import { broker } from 'kafka-rx'\nexport const kafka = broker({ host: 'a' })\n",
    )
    const options = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2022,esnext.disposable',
    ]
    const { stdout, status } = run(without, process.execPath, join(project, typeScript5), ...options, 'main.ts')
    expect(status).not.toBe(0)
    expect(stdout).toContain('Try `npm i --save-dev @types/node`')
  })
})

describe('esbuild', () => {
  it.each([
    ['cjs', ['--format=cjs']],
    ['mjs', ['--format=esm']],
    ['min.cjs', ['--format=cjs', '--minify']],
  ])('makes one file of it all, %s, with optional packages beside it', (end, options) => {
    write('esbuild/main.mjs', main)
    const out = `esbuild/main.out.${end}`
    const bundled = node(
      'node_modules/esbuild/bin/esbuild',
      '--bundle',
      '--platform=node',
      ...options,
      `--outfile=${out}`,
      'esbuild/main.mjs',
    )
    expect(bundled.status, bundled.stderr).toBe(0)
    expect(bundled.stderr).not.toContain('warning')
    expect(node(out)).toMatchObject({ stdout: told, stderr: '', status: 0 })
  })
})

describe('NestJS', () => {
  /** Compiles a service of docs/nestjs.md with a program that uses it, and runs that. */
  const nest = (service: string, main: string): Outcome => {
    const folder = service.replace(/\W+/g, '-')
    const options = { ...compilerOptions, module: 'nodenext', experimentalDecorators: true }
    writeJson(`${folder}/package.json`, { type: 'module' })
    writeJson(`${folder}/tsconfig.json`, { compilerOptions: options, include: ['*.ts'] })
    write(`${folder}/${service}`, documented(service))
    write(
      `${folder}/main.ts`,
      `import 'reflect-metadata'
      import { NestFactory } from '@nestjs/core'
      import { firstValueFrom } from 'rxjs'
      import { embeddedBroker } from 'kafka-rx/testing'
      ${main}`,
    )
    const compiled = node('node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false')
    expect(compiled).toMatchObject({ stdout: '', status: 0 })
    return node(`${folder}/main.js`)
  }

  it('has the service of docs/nestjs.md, which asks, rides out a lost connection and lets the process end', () => {
    const told = nest(
      'kafka.service.ts',
      `import { KafkaModule, KafkaService } from './kafka.service.js'

      const running = embeddedBroker({ topics: { orders: 3 } }).subscribe(async cluster => {
        process.env['KAFKA_PORT'] = String(cluster.brokers[0].port)
        const app = await NestFactory.createApplicationContext(KafkaModule, { logger: false })
        const service = app.get(KafkaService)
        console.log(await firstValueFrom(service.partitions('orders')), cluster.connections.length)
        cluster.disconnect()
        console.log(await firstValueFrom(service.partitions('orders')), cluster.connections.length)
        await app.close()
        setTimeout(() => {
          console.log(cluster.connections.length)
          running.unsubscribe()
        }, 100)
      })
      `,
    )
    expect(told).toMatchObject({ stdout: '3 1\n3 1\n0\n', stderr: '', status: 0 })
  })

  it('has the consumer of docs/nestjs.md, whose application ends when what runs is billed, committed and the group left', () => {
    const told = nest(
      'billing.service.ts',
      `import { Kafka } from 'kafka-rx'
      import { BillingModule, BillingService } from './billing.service.js'

      const running = embeddedBroker({ topics: { orders: 1 } }).subscribe(async cluster => {
        process.env['KAFKA'] = cluster.bootstrap.join()
        const kafka = new Kafka({ bootstrap: cluster.bootstrap })
        const app = await NestFactory.createApplicationContext(BillingModule, { logger: false })
        const service = app.get(BillingService)
        await firstValueFrom(kafka.producer().send({ topic: 'orders', value: 'a' }))
        while (service.billed.length === 0) await new Promise(resolve => setTimeout(resolve, 10))
        await app.close()
        const [{ members, offsets }] = cluster.groups as [typeof cluster.groups[number]]
        console.log(service.billed, members.length, offsets.map(({ offset }) => offset))
        running.unsubscribe()
      })`,
    )
    expect(told).toMatchObject({ status: 0, stderr: '', stdout: "[ 'a' ] 0 [ 1n ]\n" })
  })

  it('has the producer of docs/nestjs.md, whose application ends only when what was placed is delivered', () => {
    const told = nest(
      'orders.service.ts',
      `import { OrdersModule, OrdersService } from './orders.service.js'

      const running = embeddedBroker({ topics: { orders: 1 } }).subscribe(async cluster => {
        process.env['KAFKA'] = cluster.bootstrap.join()
        const app = await NestFactory.createApplicationContext(OrdersModule, { logger: false })
        const service = app.get(OrdersService)
        const { partition, offset } = await service.place({ id: 'a', total: 3 })
        console.log(partition, offset)
        cluster.fault({ api: 'Produce', error: 'NOT_ENOUGH_REPLICAS', times: 2 })
        const late = service.place({ id: 'b', total: 4 }).then(({ offset }) => console.log('delivered', offset))
        await app.close()
        console.log('closed with', cluster.records('orders', 0).length)
        await late
        setTimeout(() => {
          console.log(cluster.connections.length)
          running.unsubscribe()
        }, 100)
      })
      `,
    )
    expect(told).toMatchObject({ stdout: '0 0n\ndelivered 1n\nclosed with 2\n0\n', stderr: '', status: 0 })
  })
})
