import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { LeftOut } from './bench.js'

/**
 * Imports a package that only the benches know, from `bench/node_modules`, or says why it is left out. What it looks
 * like is for the caller to declare, since the benches compile without it.
 *
 * @example
 * const rival = await loadRival<{ Kafka: new (options: object) => Kafka }>('kafkajs')
 * if ('leftOut' in rival) return rival
 */
export async function loadRival<T extends object>(specifier: string): Promise<T | LeftOut> {
  const name = /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier
  const manifest = new URL(`node_modules/${name}/package.json`, folder)
  const text = await readFile(manifest, 'utf8').catch(() => undefined)
  if (text === undefined) return { leftOut: `${name} is not installed: npm ci --prefix bench` }
  const { engines } = JSON.parse(text) as { engines?: { node?: string } }
  if (engines?.node !== undefined && !satisfies(process.versions.node, engines.node)) {
    return { leftOut: `${name} needs node ${engines.node}` }
  }
  return import(pathToFileURL(createRequire(manifest).resolve(specifier)).href)
}

/** `bench/` itself: what tsc makes of it lies in `build/bench/`, from where node does not find its packages. */
const folder = new URL('../../../bench/', import.meta.url)

/** Whether a version is in a range of the form `>= 1.2.3 || >= 4.5.6`, each part of it good for its own major only. */
function satisfies(version: string, range: string): boolean {
  const floors = [...range.matchAll(/>=\s*([\d.]+)/g)].map(match => numbers(match[1] as string))
  const actual = numbers(version)
  const sameMajor = floors.find(floor => floor[0] === actual[0])
  if (sameMajor !== undefined) return compare(actual, sameMajor) >= 0
  return floors.length === 0 || floors.every(floor => compare(actual, floor) > 0)
}

const numbers = (version: string): number[] => version.split('.').map(Number)

function compare(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((part, at) => part !== (right[at] ?? 0))
  return index < 0 ? 0 : (left[index] as number) - (right[index] ?? 0)
}
