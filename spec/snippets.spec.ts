import * as rxjs from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromSource } from './built-package.js'
import { atOrigin, examples, exportedNames, fencedBlocks, isProgram, moduleOf, type Snippet } from './snippets.js'
import { type UserProject, userProject } from './user-project.js'

describe('fencedBlocks', () => {
  it('finds each block with its language, its line and what it prints', () => {
    const markdown = [
      '# Title',
      '```ts',
      "import { of } from 'rxjs'",
      'of(1).subscribe(console.log)',
      '```',
      '',
      '```text',
      '1',
      '```',
      'Prose.',
      '```sh',
      'npm ci && npm test',
      '```',
    ].join('\n')
    expect(fencedBlocks('README.md', markdown)).toEqual([
      {
        origin: 'README.md:3',
        language: 'ts',
        code: "import { of } from 'rxjs'\nof(1).subscribe(console.log)\n",
        output: '1\n',
      },
      { origin: 'README.md:12', language: 'sh', code: 'npm ci && npm test\n' },
    ])
  })

  it('takes no text for output that prose stands before', () => {
    const [block] = fencedBlocks('README.md', '```ts\nof(1)\n```\nProse.\n\n```text\n--a--|\n```\n')
    expect(block).toEqual({ origin: 'README.md:2', language: 'ts', code: 'of(1)\n' })
  })
})

describe('exportedNames', () => {
  it('has what a user can import, and where from', () => {
    const names = exportedNames(rxjs)
    const wanted = ['map', 'connect', 'broker', 'KafkaError', 'Metadata', 'embeddedBroker', 'validateBatch', 'plain']
    expect(wanted.map(name => names.get(name))).toEqual([
      ...['rxjs', 'kafka-rx', 'kafka-rx', 'kafka-rx', 'kafka-rx/protocol', 'kafka-rx/testing', undefined, undefined],
    ])
  })
})

describe('examples', () => {
  it('finds each example of each comment, to the next tag or the end', () => {
    const source = [
      '/**',
      ' * Does.',
      ' *',
      ' * @example',
      ' * does(1)',
      ' *   .twice()',
      ' *',
      ' * @example',
      ' * does(2)',
      ' * @param one  what',
      ' */',
      'export function does() {}',
      'class Two {',
      '  /** Short. */',
      '  one() {}',
      '  /**',
      '   * @example',
      '   * new Two()',
      '   */',
      '}',
    ].join('\n')
    const found = examples('src/does.ts', source)
    expect(found.map(({ origin, code }) => [origin, code.trim()])).toEqual([
      ['src/does.ts:5', 'does(1)\n  .twice()'],
      ['src/does.ts:9', 'does(2)'],
      ['src/does.ts:18', 'new Two()'],
    ])
  })
})

describe('a snippet', () => {
  const snippet = (code: string): Snippet => ({ origin: 'README.md:10', language: 'ts', code })
  const names = exportedNames(rxjs)
  let user: UserProject

  beforeAll(() => {
    user = userProject(fromSource)
  }, 60_000)
  afterAll(() => user?.remove())

  const complaints = (code: string): string[] => {
    const modules = new Map([['snippet.ts', snippet(code)]])
    user.write('snippet.ts', moduleOf(snippet(code), names))
    return atOrigin(user.compile(), modules)
  }

  it('is a program when it begins with its imports', () => {
    expect(isProgram(snippet("import { of } from 'rxjs'\n"))).toBe(true)
    expect(isProgram(snippet('of(1)\n'))).toBe(false)
  })

  it('that uses what is exported compiles', () => {
    expect(complaints('connection.pipe(map(chunk => chunk.length), take(1)).subscribe(console.log)\n')).toEqual([])
  })

  it('may give its own names', () => {
    expect(complaints('const connection = of(1)\nconnection.subscribe()\n')).toEqual([])
  })

  it('that does not compile is found, on its line', () => {
    expect(complaints('const one = 1\none.toFixed(false)\nnothing()\n')).toEqual([
      expect.stringMatching(/^README\.md:11: error TS2345/),
      expect.stringMatching(/^README\.md:12: error TS2304/),
    ])
    expect(complaints("import { nothing } from 'kafka-rx'\n")).toEqual([
      expect.stringMatching(/^README\.md:10: error TS2305/),
    ])
  })
})
