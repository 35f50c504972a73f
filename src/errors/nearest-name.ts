/** What other clients call it, where the letters do not lead there. */
const aliases: Readonly<Record<string, string>> = {
  ssl: 'tls',
  hostname: 'host',
  address: 'host',
  socket: 'transport',
  connector: 'transport',
  user: 'username',
  username: 'sasl',
  password: 'sasl',
  mechanism: 'sasl',
}

/** The one of these names that was most likely meant by another; undefined when none is near. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const name = given.toLowerCase()
  const alias = aliases[name]
  if (alias !== undefined && names.includes(alias)) return alias
  let nearest: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const known of names) {
    const distance = distanceBetween(name, known.toLowerCase())
    if (distance < least) [nearest, least] = [known, distance]
  }
  if (least <= Math.max(1, name.length / 3)) return nearest
  // `connectTimeout` for `timeout`.
  const within = names.filter(known => name.includes(known.toLowerCase()) || known.toLowerCase().includes(name))
  return name.length > 2 ? within[0] : undefined
}

/** How many letters have to be put in, left out or changed to make one of the other (Levenshtein). */
function distanceBetween(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const now = [row]
    for (let column = 1; column <= b.length; column++) {
      const changed = (before[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1)
      now.push(Math.min(changed, (before[column] as number) + 1, (now[column - 1] as number) + 1))
    }
    before = now
  }
  return before[b.length] as number
}
