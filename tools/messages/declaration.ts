import { hasVersion, parseVersions, type VersionSpan } from '../../src/protocol/versions.js'
import type { FieldDefinition, MessageDefinition, StructDefinition } from './definitions.js'
import { fieldNotes } from './field-notes.js'

const scalars = 'bool int8 int16 uint16 int32 uint32 int64 float64 string uuid bytes records'.split(' ')

/** The source text of the fields of one message, and of the structs that they share. */
export class Declaration {
  /** The words of `schema.ts` that the text uses. */
  readonly words = new Set<string>()
  /** The shared structs, by the name of their constant, each after those it uses. */
  readonly structs = new Map<string, string>()
  readonly fields: string
  readonly #message: MessageDefinition
  readonly #constantOf: (struct: string) => string

  constructor(message: MessageDefinition, constantOf: (struct: string) => string = lowerFirst) {
    this.#message = message
    this.#constantOf = constantOf
    this.fields = this.#fields(message.fields, spanOf(message.validVersions), message.name)
  }

  /** `path` is where they are, message first, as {@link fieldNotes} has it; none for structs that fields share. */
  #fields(fields: readonly FieldDefinition[], valid: VersionSpan, path?: string): string {
    const lines = fields.flatMap(field => {
      const span = intersect(parseVersions(field.versions), valid)
      // Kafka keeps fields whose last version it has dropped.
      if (span.min > span.max) return []
      const name = lowerFirst(field.name)
      const own = path && `${path}.${name}`
      const note = own && fieldNotes[own]
      return [`${note ? `/** ${note} */\n` : ''}${name}: ${this.#field(field, span, valid, own)},\n`]
    })
    return `{\n${lines.join('')}}`
  }

  #field(field: FieldDefinition, span: VersionSpan, valid: VersionSpan, path?: string): string {
    const isArray = field.type.startsWith('[]')
    const type = isArray ? field.type.slice(2) : field.type
    const options = this.#options(field, span, valid)
    if (scalars.includes(type)) {
      const scalar = this.#word(type)
      return isArray ? `${this.#word('array')}(${scalar}()${options && `, ${options}`})` : `${scalar}(${options})`
    }
    const word = this.#word(isArray ? 'array' : 'struct')
    return `${word}(${this.#struct(type, field, span, path)}${options && `, ${options}`})`
  }

  #struct(type: string, field: FieldDefinition, span: VersionSpan, path?: string): string {
    if (field.fields !== undefined && field.fields.length > 0) return this.#fields(field.fields, span, path)
    const shared = this.#message.commonStructs?.find(struct => struct.name === type)
    if (shared === undefined) throw new Error(`${this.#message.name}: no struct ${type} for ${field.name}`)
    return this.#shared(shared)
  }

  #shared(struct: StructDefinition): string {
    const constant = this.#constantOf(struct.name)
    const valid = intersect(parseVersions(struct.versions), spanOf(this.#message.validVersions))
    if (!this.structs.has(constant)) this.structs.set(constant, this.#fields(struct.fields, valid))
    return constant
  }

  #options(field: FieldDefinition, span: VersionSpan, valid: VersionSpan): string {
    const options: string[] = []
    if (span.min > valid.min || span.max < valid.max) options.push(`versions: ${spanText(span, valid)}`)
    const nullable = intersect(parseVersions(field.nullableVersions ?? 'none'), span)
    if (nullable.min === span.min && nullable.max === span.max) options.push('nullable: true')
    else if (nullable.min <= nullable.max) options.push(`nullable: ${spanText(nullable, valid)}`)
    const value = defaultText(field)
    if (value !== undefined) options.push(`default: ${value}`)
    if (field.ignorable) options.push('ignorable: true')
    if (field.tag !== undefined) options.push(`tag: ${this.#tag(field, span)}`)
    if (field.flexibleVersions !== undefined) options.push(`flexible: ${this.#flexible(field)}`)
    return options.length === 0 ? '' : `{ ${options.join(', ')} }`
  }

  #tag(field: FieldDefinition, span: VersionSpan): number {
    const tagged = parseVersions(field.taggedVersions ?? 'none')
    if (!hasVersion(tagged, span.min) || !hasVersion(tagged, span.max)) {
      throw new Error(`${this.#message.name}: ${field.name} is tagged in some of its versions only`)
    }
    return field.tag as number
  }

  #flexible(field: FieldDefinition): boolean {
    if (field.flexibleVersions === 'none') return false
    throw new Error(`${this.#message.name}: ${field.name} is flexible in versions of its own`)
  }

  #word(word: string): string {
    this.words.add(word)
    return word
  }
}

/** The versions of a message, all bounded. */
export function spanOf(versions: string): VersionSpan {
  const span = parseVersions(versions)
  if (!Number.isFinite(span.max)) throw new Error(`no highest version in ${versions}`)
  return span
}

/** `MetadataRequest` as `metadataRequest`. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function intersect(a: VersionSpan, b: VersionSpan): VersionSpan {
  return { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) }
}

function spanText({ min, max }: VersionSpan, valid: VersionSpan): string {
  if (min === max && max < valid.max) return `'${min}'`
  return max === valid.max ? `'${min}+'` : `'${min}-${max}'`
}

/** Nothing where it is what a field of the type has anyway. */
function defaultText({ type, default: value }: FieldDefinition): string | undefined {
  if (value === undefined || value === '') return undefined
  const text = String(value)
  if (text === 'null') return 'null'
  if (type === 'string') return `'${text}'`
  if (type === 'bool') return text === 'true' ? 'true' : undefined
  const number = BigInt(text.replace(/^-/, '')) * (text.startsWith('-') ? -1n : 1n)
  if (number === 0n) return undefined
  return type === 'int64' ? `${number}n` : String(number)
}
