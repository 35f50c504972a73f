import { Declaration, lowerFirst, spanOf } from './declaration.js'
import type { MessageDefinition } from './definitions.js'

/** A generated file: its name without the ending, and its text before the formatter. */
export interface SourceFile {
  readonly name: string
  readonly text: string
}

/** The first line of whatever is generated. */
export const notice = '// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.\n'

/** The file of one API. */
export function apiFile(request: MessageDefinition, response: MessageDefinition): SourceFile {
  const name = request.name.replace(/Request$/, '')
  const declarations = declarePair(request, response)
  const { min, max } = spanOf(request.validVersions)
  if (request.validVersions !== response.validVersions || request.flexibleVersions !== response.flexibleVersions) {
    throw new Error(`${name}: request and response differ in their versions`)
  }
  const types = ['RequestInput', 'Response', 'Request', 'ResponseInput'].map(suffix => name + suffix)
  const text = `
/**
 * ${name}: key ${request.apiKey}, ${versionsText(request)}.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_${name}
 */
export const ${name}: Api<${types.join(', ')}> = api({
  name: '${name}',
  key: ${request.apiKey},
  ${versionOptions(request, max)},
  request,
  response,
})
${interfaces('request', `${name}Request`)}${interfaces('response', `${name}Response`)}`
  if (min > max) throw new Error(`${name} has no versions`)
  const constants = [
    ['request', declarations[0]],
    ['response', declarations[1]],
  ] as const
  return file(name, ['Api', 'api'], constants, text)
}

/** The file of a message that is no request: a header, or what members of a group send one another. */
export function messageFile(message: MessageDefinition): SourceFile {
  const { name } = message
  const { max } = spanOf(message.validVersions)
  const text = `
/** ${name}: ${versionsText(message)}. */
export const ${name}: Message<${name}Input, ${name}> = message({ name: '${name}', ${versionOptions(message, max)} }, fields)
${interfaces('fields', name)}`
  return file(name, ['Message', 'message'], [['fields', new Declaration(message)]], text)
}

/** \`ListOffsets\` as \`list-offsets\`. */
export function kebab(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()
}

function file(
  name: string,
  [type, make]: readonly [string, string],
  constants: readonly (readonly [string, Declaration])[],
  rest: string,
): SourceFile {
  const words = new Set(constants.flatMap(([, declaration]) => [...declaration.words]))
  const structs = new Map(constants.flatMap(([, declaration]) => [...declaration.structs]))
  const taken = new Set([...words, type, make, ...constants.map(([constant]) => constant)])
  for (const struct of structs.keys()) if (taken.has(struct)) throw new Error(`${name}: ${struct} is taken`)
  const lines = [
    notice,
    `import { type ${type}, ${make}, type Decoded, type Encodable, ${[...words].join(', ')} } from '../declaration.js'\n`,
    ...[...structs].map(([constant, fields]) => `\nconst ${constant} = ${fields}\n`),
    ...constants.map(([constant, { fields }]) => `\nconst ${constant} = ${fields}\n`),
  ]
  return { name: kebab(name), text: lines.join('') + rest }
}

/** Both ways share one file: a struct that means two things there is named after its message. */
function declarePair(request: MessageDefinition, response: MessageDefinition): [Declaration, Declaration] {
  const clashes = new Set<string>()
  for (;;) {
    const constantOf = (prefix: string) => (struct: string) =>
      clashes.has(lowerFirst(struct)) ? prefix + struct : lowerFirst(struct)
    const asked = new Declaration(request, constantOf('request'))
    const answered = new Declaration(response, constantOf('response'))
    const before = clashes.size
    for (const [constant, fields] of asked.structs) {
      if ((answered.structs.get(constant) ?? fields) !== fields) clashes.add(constant)
    }
    // A struct renamed changes those that hold it, so look again.
    if (clashes.size === before) return [asked, answered]
  }
}

function versionsText(message: MessageDefinition): string {
  const { min, max } = spanOf(message.validVersions)
  const versions = min === max ? `version ${min}` : `versions ${min} to ${max}`
  const unstable = message.latestVersionUnstable ? ` (${max} not released yet)` : ''
  const flexible = message.flexibleVersions === 'none' ? 'never flexible' : `flexible from ${flexibleFrom(message)}`
  return `${versions}${unstable}, ${flexible}`
}

function flexibleFrom({ flexibleVersions }: MessageDefinition): string {
  return flexibleVersions.replace('+', '')
}

function versionOptions(message: MessageDefinition, max: number): string {
  const unstable = message.latestVersionUnstable ? ` unstable: ${max},` : ''
  return `versions: '${message.validVersions}',${unstable} flexible: '${message.flexibleVersions}'`
}

function interfaces(constant: string, name: string): string {
  return `
/** ${name} as it is read: every field, the ones that its version lacks with their defaults. */
export interface ${name} extends Decoded<typeof ${constant}> {}

/** ${name} as it may be written: without the fields that some version lacks. */
export interface ${name}Input extends Encodable<typeof ${constant}> {}
`
}
