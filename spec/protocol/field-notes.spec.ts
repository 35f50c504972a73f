import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apis } from 'kafka-rx/protocol'
import { beforeAll, describe, expect, it } from 'vitest'
import { fieldNotes } from '../../tools/messages/field-notes.js'
import { builtPackage } from '../built-package.js'

describe('the declarations that editors read', () => {
  let folder = ''
  const declarationOf = (api: string) =>
    readFileSync(join(folder, 'protocol/messages', `${kebab(api)}.d.ts`), 'utf8').replaceAll(/\n +/g, '\n')
  beforeAll(() => {
    folder = builtPackage()
  }, 60_000)

  // Those of fields within lists too, which are inferred through several mapped types.
  it.each(Object.entries(fieldNotes))('have what there is to know of %s', (path, note) => {
    const [message = '', ...names] = path.split('.')
    const declared = declarationOf(message.replace(/Request$/, ''))
    const [, name] = declared.split(`/** ${note} */\n`).map(rest => /^(?:readonly )?(\w+):/.exec(rest)?.[1])
    expect(name).toBe(names.at(-1))
  })

  it('have the page of the protocol guide for each API', () => {
    for (const { name } of apis.values()) {
      expect(declarationOf(name)).toContain(`* @see https://kafka.apache.org/protocol.html#The_Messages_${name}\n`)
    }
  })
})

const kebab = (name: string) => name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()
