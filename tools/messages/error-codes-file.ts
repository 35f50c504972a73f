import { notice, type SourceFile } from './api-file.js'
import { errorHints } from './error-hints.js'

/** The table of error codes, from the lines that `ErrorCodes.java` prints. */
export function errorCodesFile(lines: string): SourceFile {
  const rows = lines.trim().split('\n').map(row)
  return { name: 'error-codes', text: `${notice}${head}const table = {\n${rows.join('\n')}\n} as const\n${tail}` }
}

/** Their names alone, as a type: what `errors.ts`, on which the protocol stands, has of them. */
export function errorNamesFile(lines: string): SourceFile {
  const names = lines
    .trim()
    .split('\n')
    .map(line => `  | '${line.split(' ')[1]}'`)
  return { name: 'broker-error-name', text: `${notice}${namesHead}${names.join('\n')}\n` }
}

const namesHead = `
/** Kafka's names for its error codes. */
export type BrokerErrorName =
`

function row(line: string): string {
  const [code, name = '', retriable] = line.split(' ')
  // A code that is newer than our hints is no reason to stop.
  const hint = errorHints[name] ?? 'see the documentation of Apache Kafka'
  return `  ${name}: [${code}, ${retriable}, ${JSON.stringify(hint)}],`
}

const head = `
/** One of Kafka's error codes. */
export interface ErrorCode {
  /** What travels in \`errorCode\` fields. */
  readonly code: number
  /** Kafka's name for it. */
  readonly name: ErrorName
  /** Whether Kafka's own clients would try again. */
  readonly retriable: boolean
  /** What to look at first. */
  readonly hint: string
}

/** Kafka's names for its error codes. */
export type ErrorName = keyof typeof table

/** Code, retriable, hint. */
`

const tail = `
/** Every error code of Kafka, by name: \`errors.NOT_LEADER_OR_FOLLOWER.code\` is 6. */
export const errors: { readonly [N in ErrorName]: ErrorCode & { readonly name: N } } = Object.fromEntries(
  Object.entries(table).map(([name, [code, retriable, hint]]) => [name, { code, name, retriable, hint }]),
) as { [N in ErrorName]: ErrorCode & { name: N } }

const byCode = new Map<number, ErrorCode>(Object.values(errors).map(error => [error.code, error]))

/** The error of a number as it stands in an \`errorCode\` field; undefined for one that this release of Kafka has not. */
export function errorOf(code: number): ErrorCode | undefined {
  return byCode.get(code)
}
`
