import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { brokerConfigDefaults } from '../../../src/testing/embedded/broker-config.js'
import { servedApis } from '../../../src/testing/embedded/served-apis.js'

const page = readFileSync(new URL('../../../docs/embedded-broker.md', import.meta.url), 'utf8')
const section = (title: string): string => page.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''

describe('docs/embedded-broker.md', () => {
  it('names the APIs that are served', () => {
    const [, list = ''] = /It serves (.*?), each in every version/s.exec(page) ?? []
    expect(list.split(/,\s+|\s+and\s+/).map(name => name.trim())).toEqual([...servedApis])
  })

  it('has every setting with its default', () => {
    const rows = [...section('Settings').matchAll(/^\| `([\w.]+)` \| (\S+) \|$/gm)]
    const table = rows.map(([, name, value]) => [name, value])
    expect(table).toEqual(Object.entries(brokerConfigDefaults).map(([name, value]) => [name, String(value)]))
  })
})
