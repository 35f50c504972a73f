import { readFileSync } from 'node:fs'
import * as protocol from 'kafka-rx/protocol'
import { describe, expect, it } from 'vitest'

describe('kafka-rx/protocol', () => {
  it('needs neither RxJS nor the network nor anything else that a pure function has no use for', () => {
    const seen = importsOf(new URL('../../src/protocol/index.ts', import.meta.url))
    expect(seen.files.length).toBeGreaterThan(80)
    // Named one by one, so that another is a decision: what compression and checksums take, loaded on first use.
    const allowed = new Set(['node:module', 'node:zlib', 'node:buffer'])
    expect([...seen.packages].filter(name => !allowed.has(name))).toEqual([])
  })

  it('has every API under its own name, and by key', () => {
    expect(protocol.apis.size).toBe(79)
    for (const [key, api] of protocol.apis) {
      expect(api.key).toBe(key)
      expect(protocol).toHaveProperty(api.name, api)
    }
  })

  it('says which versions are not released yet', () => {
    const unstable = [...protocol.apis.values()].filter(({ versions }) => versions.stable < versions.max)
    expect(unstable.map(({ name, versions }) => [name, versions])).toEqual([
      ['InitProducerId', { min: 0, max: 6, stable: 5 }],
    ])
  })

  it('reaches as far as a broker of Kafka 4.4', () => {
    const { Fetch, Produce, ShareFetch, SaslHandshake } = protocol
    expect([Fetch, Produce, ShareFetch].map(({ versions }) => versions.max)).toEqual([18, 13, 2])
    expect([Fetch, Produce, SaslHandshake].map(({ flexibleFrom }) => flexibleFrom)).toEqual([
      12,
      9,
      Number.POSITIVE_INFINITY,
    ])
    expect(protocol.kafkaVersion).toBe('4.4.0')
  })
})

/** Follows the relative imports that are there at run time. */
function importsOf(entry: URL): { files: readonly string[]; packages: ReadonlySet<string> } {
  const files = new Set<string>()
  const packages = new Set<string>()
  const visit = (file: URL): void => {
    if (files.has(file.href)) return
    files.add(file.href)
    const text = readFileSync(file, 'utf8')
    for (const [, specifier = ''] of text.matchAll(
      /^(?:import|export)(?! type)[^'"`]*?\bfrom '([^']+)'|^import '([^']+)'/gm,
    )) {
      if (specifier.startsWith('.')) visit(new URL(specifier.replace(/\.js$/, '.ts'), file))
      else packages.add(specifier)
    }
    for (const [, specifier = ''] of text.matchAll(/\b(?:import|require)\(['"]([^'"]+)['"]\)/g)) packages.add(specifier)
  }
  visit(entry)
  return { files: [...files], packages }
}
