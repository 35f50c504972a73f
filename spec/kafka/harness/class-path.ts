import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

/** The Apache Kafka that specs run against unless they ask for another. */
export const defaultVersion = '4.4.0'

/**
 * The class path of Maven coordinates (`group:artifact:version`) with all that they need at run time, downloaded into
 * the user's Maven cache. Maven is asked once; later calls read its answer back from the user's cache folder.
 *
 * @example
 * await runJava('GoldenVectors.java', [], { classPath: await javaClassPath(['org.apache.kafka:kafka-clients:4.4.0']) })
 */
export async function javaClassPath(coordinates: readonly string[]): Promise<string> {
  const { XDG_CACHE_HOME: cache = join(homedir(), '.cache') } = process.env
  const folder = join(cache, 'kafka-rx', 'class-paths')
  const file = join(folder, createHash('sha256').update(coordinates.join(' ')).digest('hex').slice(0, 16))
  const known = await readFile(file, 'utf8').catch(() => '')
  if (known !== '' && (await allExist(known.split(delimiter)))) return known
  const resolved = await askMaven(coordinates)
  await mkdir(folder, { recursive: true })
  // Renamed into place, so that a process that starts at the same moment reads a whole file or none.
  await writeFile(`${file}.${process.pid}`, resolved)
  await rename(`${file}.${process.pid}`, file)
  return resolved
}

/** What a broker needs, with a logger that writes to its standard error. */
export function brokerClassPath(version: string = defaultVersion): Promise<string> {
  return javaClassPath([`org.apache.kafka:kafka_2.13:${version}`, logger])
}

/**
 * What Kafka's command line tools need (`org.apache.kafka.tools.TopicCommand` and its like), the clients included. Those
 * of 4.3, which any newer broker understands: of 4.4 Maven has none.
 */
export function toolsClassPath(): Promise<string> {
  return javaClassPath(['org.apache.kafka:kafka_2.13:4.3.0', 'org.apache.kafka:kafka-tools:4.3.0', logger])
}

// Kafka logs through slf4j 1.7 and its jars bring no backend for it.
const logger = 'org.slf4j:slf4j-simple:1.7.36'
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath'

async function allExist(jars: readonly string[]): Promise<boolean> {
  return Promise.all(jars.map(jar => access(jar))).then(
    () => true,
    () => false,
  )
}

async function askMaven(coordinates: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-rx-maven-'))
  try {
    await writeFile(join(folder, 'pom.xml'), pom(coordinates))
    const options = ['-q', '-B', plugin, '-DincludeScope=runtime', `-Dmdep.outputFile=${join(folder, 'class-path')}`]
    await promisify(execFile)('mvn', options, { cwd: folder, maxBuffer: 1 << 26 }).catch(error => {
      const output = String((error as { stdout?: unknown }).stdout ?? '')
      throw new Error(`Maven cannot resolve ${coordinates.join(', ')}:\n${output}`, { cause: error })
    })
    return (await readFile(join(folder, 'class-path'), 'utf8')).trim()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function pom(coordinates: readonly string[]): string {
  const dependencies = coordinates.map(coordinate => {
    const [group, artifact, version] = coordinate.split(':')
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  })
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
    <groupId>kafka-rx</groupId><artifactId>class-path</artifactId><version>1</version>
    <dependencies>${dependencies.join('')}</dependencies></project>`
}
