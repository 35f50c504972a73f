import { parseVersions } from '../../src/protocol/versions.js'
import { notice, type SourceFile } from './api-file.js'
import { lowerFirst } from './declaration.js'
import type { FieldDefinition, MessageDefinition } from './definitions.js'

/** The APIs that a busy client sends and that repeat their structs. */
const busy = [
  'Produce',
  'Fetch',
  'ShareFetch',
  'ShareAcknowledge',
  'Metadata',
  'ListOffsets',
  'OffsetCommit',
  'OffsetFetch',
  'TxnOffsetCommit',
]

/** The object literals of the structs that busy messages repeat. */
export function shapesFile(definitions: readonly MessageDefinition[]): SourceFile {
  const messages = definitions.filter(({ name }) => busy.includes(name.replace(/(Request|Response)$/, '')))
  const shapes = new Set<string>()
  for (const { fields, validVersions } of messages) {
    const { max, min } = parseVersions(validVersions)
    const visit = (struct: readonly FieldDefinition[], isRoot: boolean): void => {
      const present = struct.filter(({ versions }) => {
        const span = parseVersions(versions)
        return span.min <= max && span.max >= min
      })
      if (!isRoot) shapes.add(present.map(({ name }) => lowerFirst(name)).join())
      for (const { fields: inner } of present) if (inner !== undefined) visit(inner, false)
    }
    visit(fields, true)
  }
  return { name: 'shapes', text: `${notice}${head}${[...shapes].sort().map(row).join('')}])\n` }
}

function row(names: string): string {
  const fields = names.split(',')
  const reads = fields.map((_, index) => `f${index}`)
  const pairs = fields.map((name, index) => `${name}: f${index}(r)`)
  return `  ['${names}', (${reads.join(', ')}) => r => ({ ${pairs.join(', ')} })],\n`
}

const head = `
import type { Shape } from '../shape.js'

/** By their names in order: the object literals of the structs that busy messages repeat. */
export const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
`
