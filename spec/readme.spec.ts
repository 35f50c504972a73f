import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as rxjs from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorTable } from '../src/errors.js'
import { fromSource } from './built-package.js'
import { atOrigin, exportedNames, fencedBlocks, isProgram, moduleOf, type Snippet } from './snippets.js'
import { root, type UserProject, userProject } from './user-project.js'

// Every `ts` block of the README and of docs/ is compiled. One that begins with its imports is a program: it is run too,
// must end by itself, and where a `text` block stands right below it, that is what it prints. One that goes to
// localhost:9092 finds an embedded broker there, which has what the programs above it on its page have left.

/** Its programs need NestJS: spec/packages/ tries them. */
const elsewhere = 'docs/nestjs.md'
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map(name => `docs/${name}`)]
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')
const allBlocks = pages.flatMap(page => fencedBlocks(page, textOf(page)))
const blocks = allBlocks.filter(({ origin }) => !origin.startsWith(elsewhere))
const modules = new Map<string, Snippet>(
  blocks.filter(block => block.language === 'ts').map((block, index) => [`page-${index}.ts`, block]),
)
const programs = [...modules].filter(([, block]) => isProgram(block))

describe.sequential('the README and the pages of docs/', () => {
  let user: UserProject
  let complaints: readonly string[]

  beforeAll(() => {
    user = userProject(fromSource)
    const names = exportedNames(rxjs)
    for (const [file, block] of modules) user.write(file, moduleOf(block, names))
    complaints = atOrigin(user.compile(), modules)
  }, 60_000)
  afterAll(() => {
    for (const { process } of brokers.values()) process.kill()
    user?.remove()
  })

  it('has code only in blocks that are checked', () => {
    const languages = new Set(allBlocks.map(block => block.language))
    expect([...languages].filter(language => !['ts', 'text', 'sh', 'json'].includes(language))).toEqual([])
  })

  it('point to pages and headings that are there', () => {
    const broken = pages.flatMap(page =>
      [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, path, heading]) => {
        const target = path ? join(dirname(page), path) : page
        if (!existsSync(join(root, target))) return `${page}: ${link}`
        return heading === undefined || headingsOf(textOf(target)).includes(heading) ? [] : `${page}: ${link}`
      }),
    )
    expect(broken).toEqual([])
  })

  it('name every error with its code', () => {
    const rows = Object.entries(errorTable).filter(
      ([name, { code }]) =>
        !new RegExp(`^\\| \`${name}\` *\\| (\`${code}\`|Kafka's)`, 'm').test(textOf('docs/errors.md')),
    )
    expect(rows).toEqual([])
  })

  it('name every event', () => {
    const types = new Set(
      [...textOf('src/cluster/kafka-event.ts').matchAll(/readonly type: '(.+?)'/g)].map(([, type = '']) => type),
    )
    const [, eventsOnPage = ''] = textOf('docs/cluster.md').split('\n## Events\n')
    const [, ...rows] = [...eventsOnPage.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, type = '']) => type)
    expect(rows.toSorted()).toEqual([...types].toSorted())
  })

  it('name every channel', () => {
    const sources = ['src/connection/diagnostics.ts', 'src/broker/trace-frames.ts'].map(textOf).join()
    const channels = [...sources.matchAll(/channel\('(.+?)'\)/g)].map(([, name = '']) => name)
    expect(channels).toContain('kafka-rx:connection:read')
    expect(channels.filter(name => !textOf('docs/diagnostics.md').includes(`\`${name}\``))).toEqual([])
  })

  it('names the two commands that a clean clone must answer to', () => {
    const commands = blocks.filter(block => block.language === 'sh').map(block => block.code)
    expect(commands.join()).toContain('npm ci && npm start')
    expect(commands.join()).toContain('npm ci && npm test')
  })

  it('compiles', () => {
    expect(modules.size).toBeGreaterThan(0)
    expect(complaints).toEqual([])
  })

  it('has programs', () => {
    expect(programs.length).toBeGreaterThan(0)
  })

  it.each(programs.map(([file, block]) => [block.origin, file, block] as const))(
    'runs the program at %s',
    async (_origin, file, block) => {
      const { stdout, stderr, status } = block.code.includes(usual)
        ? user.run(directedTo(await brokerOf(pageOf(block)), file))
        : user.run(compiled(file))
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      if (block.output !== undefined) expect(stdout).toBe(block.output)
    },
  )

  const brokers = new Map<string, { readonly process: ChildProcess; readonly address: string }>()

  /** Starts the embedded broker as users do, in a process of its own, once for each page. */
  const brokerOf = async (page: string): Promise<string> => {
    const known = brokers.get(page)
    if (known !== undefined) return known.address
    const command = join(user.folder, 'node_modules/kafka-rx/dist/testing/embedded/command.js')
    const broker = spawn(process.execPath, [command, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [greeting] = await once(broker.stdout, 'data')
    const [, address = ''] = /is up: (\S+)/.exec(String(greeting)) ?? []
    brokers.set(page, { process: broker, address })
    return address
  }

  const compiled = (file: string): string => file.replace('.ts', '.js')

  const directedTo = (address: string, file: string): string => {
    const program = readFileSync(join(user.folder, compiled(file)), 'utf8')
    user.write(`at-${compiled(file)}`, program.replaceAll(usual, address))
    return `at-${compiled(file)}`
  }
})

/** Where the programs on the pages look for a Kafka. */
const usual = 'localhost:9092'

const pageOf = ({ origin }: Snippet): string => origin.replace(/:\d+$/, '')

/** As they are linked to. */
const headingsOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
