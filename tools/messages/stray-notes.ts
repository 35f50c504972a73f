import { lowerFirst } from './declaration.js'
import type { FieldDefinition, MessageDefinition } from './definitions.js'
import { fieldNotes } from './field-notes.js'

/** The notes that are for no field of these messages: misspelt, or the field has another name by now. */
export function strayNotes(messages: readonly MessageDefinition[]): string[] {
  const paths = new Set<string>()
  const visit = (fields: readonly FieldDefinition[], path: string): void => {
    for (const { name, fields: inner = [] } of fields) {
      const own = `${path}.${lowerFirst(name)}`
      paths.add(own)
      visit(inner, own)
    }
  }
  for (const { name, fields } of messages) visit(fields, name)
  return Object.keys(fieldNotes).filter(path => !paths.has(path))
}
