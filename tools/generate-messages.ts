/**
 * Writes `src/protocol/messages/`, `src/protocol/error-codes.ts` and `src/errors/broker-error-name.ts` from what the
 * kafka-clients jar says of them:
 *
 *     npm run generate-messages              the release that they are of already: changes nothing
 *     npm run generate-messages -- 4.4.0     another one
 *
 * Needs Maven and a JDK, which only whoever moves to another release has to have.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { runJava } from '../spec/kafka/harness/run-java.js'
import { kafkaVersion } from '../src/protocol/messages/kafka-version.js'
import { apiFile, kebab, messageFile, notice, type SourceFile } from './messages/api-file.js'
import { type MessageDefinition, readDefinitions } from './messages/definitions.js'
import { errorCodesFile, errorNamesFile } from './messages/error-codes-file.js'
import { kafkaClients, kafkaClientsJar } from './messages/kafka-clients.js'
import { shapesFile } from './messages/shapes-file.js'
import { strayNotes } from './messages/stray-notes.js'

const protocol = 'src/protocol'
const messages = join(protocol, 'messages')
const errors = 'src/errors'
const others = ['RequestHeader', 'ResponseHeader', 'ConsumerProtocolSubscription', 'ConsumerProtocolAssignment']

const version = process.argv[2] ?? kafkaVersion
const classPath = await kafkaClients(version)
const definitions = readDefinitions(kafkaClientsJar(classPath))
const errorCodes = await runJava('tools/messages/ErrorCodes.java', [], { classPath })
const requests = definitions
  .filter(({ type, listeners }) => type === 'request' && listeners?.includes('broker'))
  .sort((a, b) => Number(a.apiKey) - Number(b.apiKey))
const stray = strayNotes(requests)
if (stray.length > 0) throw new Error(`notes for no field: ${stray.join(', ')}`)

mkdirSync(messages, { recursive: true })
const files = [
  ...requests.map(request => apiFile(request, definitionOf(request.name.replace(/Request$/, 'Response')))),
  ...others.map(name => messageFile(definitionOf(name))),
  { name: 'kafka-version', text: versionText(version) },
]
write(messages, [...files, shapesFile(definitions), { name: 'index', text: indexText(files, requests) }])
write(protocol, [errorCodesFile(errorCodes.stdout)])
write(errors, [errorNamesFile(errorCodes.stdout)])
removeOthers(files)
execFileSync('npx', ['biome', 'check', '--write', protocol, errors], { stdio: 'inherit' })
console.log(`${requests.length} APIs of Kafka ${version}`)

function definitionOf(name: string): MessageDefinition {
  const definition = definitions.find(candidate => candidate.name === name)
  if (definition === undefined) throw new Error(`the jar has no ${name}`)
  return definition
}

function versionText(release: string): string {
  return `${notice}
/** The release of Apache Kafka whose messages and error codes these are. */
export const kafkaVersion = '${release}'
`
}

// The map stands beside the exports, not in a file of its own: it resolves the same imports, which are not for nothing.
function indexText(all: readonly SourceFile[], apis: readonly MessageDefinition[]): string {
  const names = apis.map(({ name }) => name.replace(/Request$/, ''))
  const imports = names.map(name => `import { ${name} } from './${kebab(name)}.js'\n`)
  return `${notice}
import type { Api } from '../api.js'
${imports.join('')}
${all.map(({ name }) => `export * from './${name}.js'\n`).join('')}
/** Every API that a broker offers to clients, by its key. */
export const apis: ReadonlyMap<number, Api> = new Map<number, Api>(
  [${names.join(', ')}].map(api => [api.key, api]),
)
`
}

function write(directory: string, all: readonly SourceFile[]): void {
  for (const { name, text } of all) writeFileSync(join(directory, `${name}.ts`), text)
}

/** What a release no longer has must not stay behind. */
function removeOthers(all: readonly SourceFile[]): void {
  const names = new Set(['index', 'shapes', ...all.map(({ name }) => name)])
  for (const entry of readdirSync(messages)) if (!names.has(basename(entry, '.ts'))) rmSync(join(messages, entry))
}
