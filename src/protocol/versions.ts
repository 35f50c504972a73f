/** The lowest and the highest version, both included; {@link noVersions} has none. */
export interface VersionSpan {
  readonly min: number
  readonly max: number
}

/** Holds no version at all. */
export const noVersions: VersionSpan = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }

/** Reads Kafka's notation for versions: `'4'`, `'8-10'`, `'9+'`, `'none'`. */
export function parseVersions(text: string): VersionSpan {
  if (text === 'none') return noVersions
  if (text.endsWith('+')) return { min: Number(text.slice(0, -1)), max: Number.POSITIVE_INFINITY }
  const [min, max = min] = text.split('-')
  return { min: Number(min), max: Number(max) }
}

/** Whether `version` is in the span. */
export function hasVersion(span: VersionSpan, version: number): boolean {
  return version >= span.min && version <= span.max
}
