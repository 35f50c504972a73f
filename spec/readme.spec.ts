import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as rxjs from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atOrigin, exportedNames, fencedBlocks, isProgram, moduleOf, type Snippet } from './snippets.js'
import { fromSource, root, type UserProject, userProject } from './user-project.js'

// Every `ts` block of the README is compiled. One that begins with its imports is a program: it is run too, must end by
// itself, and where a `text` block stands right below it, that is what it prints.

const blocks = fencedBlocks('README.md', readFileSync(join(root, 'README.md'), 'utf8'))
const modules = new Map<string, Snippet>(
  blocks.filter(block => block.language === 'ts').map((block, index) => [`readme-${index}.ts`, block]),
)
const programs = [...modules].filter(([, block]) => isProgram(block))

describe('the README', () => {
  let user: UserProject
  let complaints: readonly string[]

  beforeAll(() => {
    user = userProject(fromSource)
    const names = exportedNames(rxjs)
    for (const [file, block] of modules) user.write(file, moduleOf(block, names))
    complaints = atOrigin(user.compile(), modules)
  }, 60_000)
  afterAll(() => user?.remove())

  it('has code only in blocks that are checked', () => {
    const languages = new Set(blocks.map(block => block.language))
    expect([...languages].filter(language => !['ts', 'text', 'sh', 'json'].includes(language))).toEqual([])
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
    (_origin, file, block) => {
      const { stdout, stderr, status } = user.run(file.replace('.ts', '.js'))
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      if (block.output !== undefined) expect(stdout).toBe(block.output)
    },
  )
})
