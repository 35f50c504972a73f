import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './user-project.js'

/** A piece of code in a document or in a comment. */
export interface Snippet {
  /** Where it stands, `README.md:12`. */
  readonly origin: string
  readonly language: string
  readonly code: string
  /** What stands in a `text` block right below: what the code prints. */
  readonly output?: string
}

/** The fenced blocks of a Markdown text. */
export function fencedBlocks(path: string, markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```(\S*)[^\n]*\n(.*?)^```$(?:\n*^```text\n(.*?)^```$)?/gms)].flatMap(match => {
    const [, language = '', code = '', output] = match
    const origin = `${path}:${lineOf(markdown, match.index) + 1}`
    return { origin, language, code, ...(output !== undefined && { output }) }
  })
}

/** The `@example`s of the TSDoc comments in a source; each ends at the next tag or with its comment. */
export function examples(path: string, source: string): Snippet[] {
  return [...source.matchAll(/\/\*\*.*?\*\//gs)].flatMap(comment => {
    const text = comment[0].replace(/^\/\*\*|\s*\*\/$/g, '').replace(/^\s*\* ?/gm, '')
    return [...text.matchAll(/^@example\b[^\n]*\n(.*?)(?=^@\w|(?!.))/gms)].map(match => {
      const code = `${(match[1] ?? '').replace(/^```.*\n?/gm, '').trimEnd()}\n`
      return {
        origin: `${path}:${lineOf(source, comment.index) + lineOf(text, match.index) + 1}`,
        language: 'ts',
        code,
      }
    })
  })
}

/** A program says what it imports; anything else is a fragment. */
export function isProgram({ code }: Snippet): boolean {
  return /^\s*import\b/.test(code)
}

/**
 * The module that is compiled for a snippet, the snippet's first line on its second. A fragment is completed: what it
 * uses of kafka-rx and RxJS is imported, and it finds a `connection`, a `host` and the like.
 */
export function moduleOf(snippet: Snippet, exported: ReadonlyMap<string, string>): string {
  if (isProgram(snippet)) return `\n${snippet.code}`
  const words = new Set([...Object.values(surroundings), snippet.code].join(' ').match(/\w+/g))
  const imports = [...words].flatMap(word => {
    const from = exported.get(word)
    return from === undefined ? [] : `import { ${word} } from '${from}';`
  })
  const declared = Object.entries(surroundings).map(([name, type]) => `declare const ${name}: ${type};`)
  // In a block of its own, so that a fragment may give its names to what it likes.
  return `${[...imports, ...declared].join(' ')} export {}; {\n${snippet.code}}\n`
}

/** What a fragment may take for given. */
const surroundings = {
  connection: 'Connection',
  host: 'string',
  port: 'number',
  cluster: 'EmbeddedBroker',
  kafka: 'Kafka',
  producer: 'Producer',
  orders$: 'Observable<{ readonly id: string }>',
  consumer: 'Consumer',
  orders: 'Consumer',
  batch: 'ConsumerBatch',
  bill: '(value: Buffer | null, signal?: AbortSignal) => Promise<void>',
  insert: '(rows: readonly unknown[]) => Promise<void>',
  park: '(record: ConsumerRecord) => Observable<never>',
  isDatabaseDown$: 'Observable<boolean>',
  lines: 'AsyncIterable<string>',
  readFileSync: "typeof import('node:fs').readFileSync",
  handle: '(message: Buffer) => Observable<unknown>',
  again: 'Observable<never>',
  messages: 'Buffer[]',
  request: 'Buffer',
  requests: 'Observable<Buffer>',
  frames: 'Observable<Buffer>',
  testScheduler: "import('rxjs/testing').TestScheduler",
  expect: '(actual: unknown) => { toEqual(expected: unknown): void }',
}

/** Every name that the entry points export, and the types of RxJS that a fragment may use, by where a user imports it from. */
export function exportedNames(rxjs: object): ReadonlyMap<string, string> {
  const types = ['MonoTypeOperatorFunction', 'ObservableInput', 'OperatorFunction', 'SchedulerLike']
  const names = new Map([...Object.keys(rxjs), ...types].map(name => [name, 'rxjs']))
  for (const path of sourceFiles()) {
    // Most of what protocol/ is made of is its own affair, under names as common as `string`.
    if (path.startsWith('src/protocol/') && !protocolExports.test(path)) continue
    const [, room] = /^src\/(\w+)\//.exec(path) ?? []
    const from = room === 'protocol' || room === 'testing' ? `kafka-rx/${room}` : 'kafka-rx'
    // Protocol's index passes on whole files; the others name what they pass on.
    const passedOn = room === 'protocol' || path === 'src/errors.ts' ? undefined : wordsOf(indexOf(room))
    for (const [, name = ''] of readFileSync(join(root, path), 'utf8').matchAll(exportedName)) {
      if (passedOn === undefined || passedOn.has(name)) names.set(name, from)
    }
  }
  return names
}

/** Where a room says what of it users get; those without a word of their own leave it to the whole. */
function indexOf(room: string | undefined): string {
  if (room === 'errors') return 'src/errors.ts'
  return existsSync(join(root, `src/${room}/index.ts`)) ? `src/${room}/index.ts` : 'src/index.ts'
}

const wordsOf = (path: string) =>
  new Set(
    readFileSync(join(root, path), 'utf8')
      .replace(/from '.*'/g, '')
      .match(/\w+/g),
  )

const protocolExports = /^src\/protocol\/(messages\/(?!shapes)[\w-]+|error-codes)\.ts$/

const exportedName = /^export (?:declare |abstract |async )*(?:class|const|function|interface|type) (\w+)/gm

/** The paths of all sources, `src/errors.ts` and so on. */
export function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => `src/${path}`)
    .toSorted()
}

/** Where the compiler complains, in the lines of the document instead of those of the module. */
export function atOrigin(complaints: string, modules: ReadonlyMap<string, Snippet>): string[] {
  return complaints.split('\n').flatMap(complaint => {
    const [, file = '', line = '', what = complaint] = /^(\S+?)\((\d+),\d+\): (.*)/.exec(complaint) ?? []
    const snippet = modules.get(file)
    if (snippet === undefined) return complaint === '' ? [] : complaint
    const [path, first] = snippet.origin.split(':')
    return `${path}:${Number(first) + Number(line) - 2}: ${what}`
  })
}

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length
