import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromSource } from './built-package.js'
import { root, type UserProject, userProject } from './user-project.js'

/** The example that `npm start` runs, in a project of its own; `start.js` is the program. */
export function startExample(): UserProject {
  const user = userProject(fromSource)
  const examples = join(root, 'examples')
  for (const file of readdirSync(examples)) user.write(file, readFileSync(join(examples, file), 'utf8'))
  const complaints = user.compile()
  if (complaints !== '') throw new Error(complaints)
  return user
}

/** The lines that it prints, without their times and but for what differs from run to run. */
export function timeless(output: string): string[] {
  return output
    .replace(/^ *\d+\.\d s {2}/gm, '')
    .replace(/orders-[0-9a-f]{8}/g, 'TOPIC')
    .replace(/(before she could say so): \d+$/gm, '$1: SOME')
    .trimEnd()
    .split('\n')
}

/** What it ends with when all is well, whatever has happened to the cluster meanwhile. */
export const goodEnd = [
  '4,000 ordered, 4,000 acknowledged, 0 failed; 4,000 done',
  'acknowledged   4,000 orders worth 41,894.00',
  'in the log     4,000 orders worth 41,894.00',
  'billed         3,999 orders worth 41,892.43',
  'each is in the log once, where its acknowledgement says, and those of a customer in their order',
  'dead letter    {"id":1234,"customer":"carol","item":"grapes","cents":157}: Error: carol cannot pay',
  'none is lost; billed twice, since Ann left before she could say so: SOME',
  'deleted TOPIC',
  'all connections are closed',
]
