import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as rxjs from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fromSource } from './built-package.js'
import { atOrigin, examples, exportedNames, moduleOf, type Snippet, sourceFiles } from './snippets.js'
import { root, type UserProject, userProject } from './user-project.js'

const sources = new Map(sourceFiles().map(path => [path, readFileSync(join(root, path), 'utf8')]))
const all = [...sources].flatMap(([path, source]) => examples(path, source))

describe('the examples in the TSDoc', () => {
  let user: UserProject
  let complaints: readonly string[]

  beforeAll(() => {
    user = userProject(fromSource)
    const names = exportedNames(rxjs)
    const modules = new Map<string, Snippet>(all.map((example, index) => [`example-${index}.ts`, example]))
    for (const [file, example] of modules) user.write(file, moduleOf(example, names))
    complaints = atOrigin(user.compile(), modules)
  }, 60_000)
  afterAll(() => user?.remove())

  it('compile', () => {
    expect(all.length).toBeGreaterThan(0)
    expect(complaints).toEqual([])
  })
})

describe('the TSDoc', () => {
  it('is there for every exported name', () => {
    const bare = [...sources].flatMap(([path, source]) =>
      [...source.matchAll(/(^.*)\n^export (?:abstract |async )?(?:class|const|function|interface|type) (\w+)/gm)]
        .filter(([, before = '', name = '']) => !before.endsWith('*/') && !isOverload(before, name))
        .map(([, , name]) => `${path}: ${name}`),
    )
    expect(bare).toEqual([])
  })
})

/** The comment stands on the first overload. */
const isOverload = (before: string, name: string): boolean =>
  before.startsWith(`export function ${name}`) || /^\)?.*: .*[^{]$/.test(before)
