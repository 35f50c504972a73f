import { randomUUID } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Bench, BenchFile } from './harness/bench.js'
import { reporter } from './harness/report.js'
import { runBench } from './harness/run-bench.js'
import { startBroker } from './harness/start-broker.js'
import { removeWritten } from './harness/written-topic.js'

const usage = `npm run bench -- [NAME…] [--json] [--rounds=N] [--profile=FOLDER [--only=reference]]

  NAME       runs the benches whose file or name begins with it
  --json     one JSON object a line: {"bench", "value", "unit", "ratio", …}
  --rounds   how many times each side is timed, instead of the bench's own count
  --profile  runs the subject alone under node --cpu-prof; its figures are then worth little
`

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    profile: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (flags.help) {
  console.log(usage)
} else {
  const only = flags.only === 'reference' ? 'reference' : flags.only || flags.profile ? 'subject' : undefined
  const options = { rounds: flags.rounds ? Number(flags.rounds) : undefined, profileTo: flags.profile, only } as const
  const chosen = (await allBenches()).filter(({ file, bench }) => wanted(file, bench))
  if (chosen.length === 0) throw new Error(`no bench is named ${names.join(' or ')}\n\n${usage}`)
  process.env['BENCH_RUN'] ??= randomUUID()
  const kafka = chosen.some(({ bench }) => bench.onKafka) ? await startBroker() : undefined
  if (kafka !== undefined) process.env['KAFKA_BROKERS'] = `${kafka.host}:${kafka.port}`
  const report = reporter(flags.json)
  let below = 0
  for (const { file, bench } of chosen) {
    for (const figure of await runBench(file, bench, options)) {
      report(figure)
      if (figure.verdict === 'below') below++
    }
  }
  if (kafka !== undefined) {
    await removeWritten(kafka)
    kafka.close()
  }
  if (below > 0) process.exitCode = 1
}

/** Every folder beside this file holds benches, but for what they are made of. */
async function allBenches(): Promise<{ file: string; bench: Bench }[]> {
  const here = new URL('.', import.meta.url)
  const found = []
  for (const folder of (await readdir(here, { withFileTypes: true })).filter(isOfBenches)) {
    const url = new URL(`${folder.name}/`, here)
    for (const name of (await readdir(url)).filter(file => file.endsWith('.js')).sort()) {
      const file = new URL(name, url).href
      const { benches } = (await import(file)) as BenchFile
      found.push(...benches.map(bench => ({ file, bench })))
    }
  }
  return found
}

function isOfBenches(entry: Dirent): boolean {
  return entry.isDirectory() && entry.name !== 'harness' && entry.name !== 'by-hand'
}

function wanted(file: string, bench: Bench): boolean {
  if (names.length === 0) return true
  const path = file.slice(new URL('.', import.meta.url).href.length)
  return names.some(name => path.startsWith(name) || bench.name.startsWith(name))
}
