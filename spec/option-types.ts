import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sourceFiles } from './snippets.js'
import { root } from './user-project.js'

const sources = sourceFiles().map(path => readFileSync(join(root, path), 'utf8'))

/** The names of the options of a type, as the sources declare them, those of the types that it extends included. */
export function namesOf(type: string): string[] {
  const [, parents = '', body = ''] =
    sources
      .map(source =>
        new RegExp(`^(?:export )?interface ${type}(?:<.*?>)?(?:\\s+extends (.*?))? \\{(?:\\}|\\n(.*?)^\\})`, 'ms').exec(
          source,
        ),
      )
      .find(found => found !== null) ?? []
  const own = [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??:/gm)].map(([, name = '']) => name)
  const real = parents.replace(/Without<.*?>/gs, '')
  const inherited = [...real.matchAll(/\b(?!Omit\b)[A-Z]\w+/g)].flatMap(([parent]) => namesOf(parent))
  return [...inherited.filter(name => !parents.includes(`'${name}'`)), ...own]
}
