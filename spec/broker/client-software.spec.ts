import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { clientSoftware } from '../../src/broker/client-software.js'

const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

it('is what package.json says', () => {
  expect(clientSoftware).toEqual({ clientSoftwareName: name, clientSoftwareVersion: version })
})

it('is what a broker takes for a name and a version (KIP-511)', () => {
  for (const word of Object.values(clientSoftware)) expect(word).toMatch(/^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/)
})
