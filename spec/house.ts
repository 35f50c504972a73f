/** The storeys of src/ and, for each, those below it: what it may import beside itself. */
const storeys: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  connection: ['errors'],
  protocol: ['errors'],
  broker: ['errors', 'connection', 'protocol'],
  cluster: ['errors', 'connection', 'protocol', 'broker'],
  producer: ['errors', 'connection', 'protocol', 'broker', 'cluster'],
  group: ['errors', 'connection', 'protocol', 'broker', 'cluster'],
  consumer: ['errors', 'connection', 'protocol', 'broker', 'cluster', 'group'],
  admin: ['errors', 'connection', 'protocol', 'broker', 'cluster'],
  transform: ['errors', 'connection', 'protocol', 'broker', 'cluster', 'group', 'producer', 'consumer'],
}
/** The rooms: the storeys, `new Kafka` on all of them, and what a user imports. */
const below: Readonly<Record<string, readonly string[]>> = {
  ...storeys,
  kafka: Object.keys(storeys),
  index: ['kafka', ...Object.keys(storeys)],
}
// What users and we test with stands on everything else, and nothing stands on it.
const rooms: Readonly<Record<string, readonly string[]>> = { ...below, testing: Object.keys(below) }

/** Pure functions from messages to bytes: no RxJS, no I/O, no clock; zlib for records, module for optional codecs. */
const packagesOfProtocol = ['node:zlib', 'node:module']

/** Source text by path, `src/connection/receive.ts` and so on. */
export type Sources = ReadonlyMap<string, string>

/** Every import that goes against the direction of the house, in words. */
export function violations(sources: Sources): string[] {
  return [...sources].flatMap(([path, source]) =>
    importsOf(source).flatMap(specifier => violation(path, specifier) ?? []),
  )
}

/** Every file that loading `entry` loads, itself included, and the packages that they import. */
export function reachableFrom(entry: string, sources: Sources): ReadonlySet<string> {
  const reached = new Set<string>()
  const walk = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    const source = sources.get(path)
    if (source === undefined) throw new Error(`${path} is imported and does not exist`)
    for (const specifier of importsOf(source)) {
      if (specifier.startsWith('.')) walk(resolve(path, specifier))
      else reached.add(specifier)
    }
  }
  walk(entry)
  return reached
}

/** What is left when files that import none of the others are taken away, again and again: circles, and what needs them. */
export function circlesAmong(sources: Sources): string[] {
  const left = new Map(
    [...sources].map(([path, source]) => [path, importsOf(source).map(specifier => resolve(path, specifier))]),
  )
  for (let before = Number.POSITIVE_INFINITY; left.size < before; ) {
    before = left.size
    for (const [path, targets] of left) if (!targets.some(target => left.has(target))) left.delete(path)
  }
  return [...left.keys()]
}

/** What a source imports, exports from, loads or requires; types too. */
export function importsOf(source: string): string[] {
  const code = source.replace(commentOrString, (match: string) => (match.startsWith('/') ? '' : match))
  return [...code.matchAll(/\b(?:from|import|require)\b\s*\(?\s*(['"`])(.+?)\1/g)].map(match => match[2] ?? '')
}

const commentOrString = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

function violation(path: string, specifier: string): string | undefined {
  const room = roomOf(path)
  const allowed = rooms[room]
  if (allowed === undefined) return `${path} is in no room of the house: give ${room} its place in spec/house.ts`
  if (!specifier.startsWith('.')) {
    if (specifier.startsWith('kafka-rx')) return `${path} imports ${specifier}: inside src/, import the file itself`
    if (room !== 'protocol' || packagesOfProtocol.includes(specifier)) return undefined
    return `${path} imports ${specifier}: protocol/ imports only ${packagesOfProtocol.join(' and ')} from outside`
  }
  const target = resolve(path, specifier)
  if (!target.startsWith('src/')) return `${path} imports ${target}, which is outside src/`
  const other = roomOf(target)
  if (other === room || allowed.includes(other)) return undefined
  return `${path} imports ${target}: ${room} stands on ${allowed.join(', ') || 'nothing'}, not on ${other}`
}

const roomOf = (path: string): string => path.replace(/^src\//, '').replace(/\/.*|\.ts$/, '')

const resolve = (from: string, specifier: string): string =>
  new URL(specifier, `file:///${from}`).pathname.slice(1).replace(/\.js$/, '.ts')
