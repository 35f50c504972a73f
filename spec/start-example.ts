import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromSource, root, type UserProject, userProject } from './user-project.js'

/** The example that `npm start` runs, in a project of its own; `start.js` is the program. */
export function startExample(): UserProject {
  const user = userProject(fromSource)
  const examples = join(root, 'examples')
  for (const file of readdirSync(examples)) user.write(file, readFileSync(join(examples, file), 'utf8'))
  const complaints = user.compile()
  if (complaints !== '') throw new Error(complaints)
  return user
}

/** What it prints, but for what differs from run to run: ports, versions, the topic's name. */
export function timeless(output: string): string[] {
  return output
    .replace(/127\.0\.0\.1:\d+/g, 'HOST:PORT')
    .replace(/tour-[0-9a-f]{8}/g, 'TOPIC')
    .replace(/knows \d+ APIs: Produce \d+ to \d+, Fetch \d+ to \d+/, 'knows N APIs')
    .trimEnd()
    .split('\n')
}

const fetched = 'fetched    0: alice wants apples, 1: bob wants bread, 2: carol wants cheese'
const failed = 'HOST:PORT: Fetch was not answered within 300 ms'
/** A broker that may hold the answer for longer is not dead of it. */
const dead = ', nor was anything else read since: the connection is taken for dead'

/** What it tells of a broker, all of which is the same whichever broker it is but for how the time-out comes about. */
export const told = (unanswered: string): string[] => [
  'connected  to HOST:PORT, which knows N APIs and so on',
  'created    TOPIC, led by HOST:PORT',
  'produced   3 records, the first at offset 0',
  fetched,
  'asking     for what comes after them: the broker may hold that request for 1000 ms',
  'cancelled  after 200 ms; the next request waits behind it, since a broker answers in order, and is right:',
  'fetched    2: carol wants cheese',
  unanswered,
  `timed out  REQUEST_TIMEOUT: ${failed}${unanswered === held ? '' : dead}`,
  'asking     once more, over a new connection',
  fetched,
  'deleted    TOPIC',
]

/** What a broker does that cannot be made to fail. */
export const held = 'asking     a real broker, which may hold it for 5000 ms, with a timeout of 300'
