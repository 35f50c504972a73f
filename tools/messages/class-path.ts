import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, join } from 'node:path'

/** The jars that Kafka's own client classes need, of one release, as Maven resolves them. */
export function kafkaClassPath(version: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'kafka-rx-class-path-'))
  const file = join(directory, 'class-path')
  const maven = ['-q', '-B', '-f', 'tools/messages/pom.xml', `-Dkafka.version=${version}`, `-Dmdep.outputFile=${file}`]
  try {
    execFileSync('mvn', [...maven, 'dependency:build-classpath'], { stdio: ['ignore', 'inherit', 'inherit'] })
    return readFileSync(file, 'utf8').trim()
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The jar of the clients themselves, out of their class path. */
export function kafkaClientsJar(classPath: string): string {
  const jar = classPath.split(delimiter).find(path => basename(path).startsWith('kafka-clients-'))
  if (jar === undefined) throw new Error(`no kafka-clients jar among ${classPath}`)
  return jar
}

/** Runs a Java program of one source file, with `input` to read, and returns what it prints. */
export function runJava(classPath: string, source: string, { input = '' }: { input?: string } = {}): Buffer {
  return execFileSync('java', ['-cp', classPath, source], {
    input,
    stdio: ['pipe', 'pipe', 'ignore'],
    maxBuffer: 1 << 30,
  })
}
