import { execFile } from 'node:child_process'
import { join } from 'node:path'

/** What a Java program left behind. */
export interface JavaOutput {
  readonly stdout: string
  readonly stderr: string
}

/** How to run it. */
export interface JavaOptions {
  /** As {@link javaClassPath} gives it. */
  readonly classPath: string
  /** What it reads on its standard input. */
  readonly input?: string | Uint8Array
  /** More JVM options. */
  readonly jvm?: readonly string[]
}

/** The JVM options of all that the harness starts: small and quick to start rather than fast later. */
export const lightJvm = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Djava.awt.headless=true'] as const

/** The program named by `JAVA_HOME`, else the one on the path. */
export function javaProgram(name: 'java' | 'jar' | 'keytool'): string {
  const { JAVA_HOME } = process.env
  return JAVA_HOME ? join(JAVA_HOME, 'bin', name) : name
}

/**
 * Runs a main class, or a single-file Java program (a path that ends in `.java`), to its end. Rejects, with what it
 * printed, when it exits with anything but 0.
 *
 * @example
 * const { stdout } = await runJava('org.apache.kafka.tools.TopicCommand', ['--list', '--bootstrap-server', address], {
 *   classPath: await toolsClassPath(),
 * })
 */
export function runJava(program: string, args: readonly string[], options: JavaOptions): Promise<JavaOutput> {
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
  const jvm = [...lightJvm, quiet, ...(options.jvm ?? []), '-cp', options.classPath]
  return run(javaProgram('java'), [...jvm, program, ...args], options.input)
}

/** Runs a program to its end; rejects, with what it printed, when it exits with anything but 0. */
export function run(program: string, args: readonly string[], input: string | Uint8Array = ''): Promise<JavaOutput> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 1 << 30 }, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr })
      else reject(new Error(`${program} failed (${error.code ?? error.signal}):\n${stdout}${stderr}`))
    })
    // A program that ends without reading its input breaks the pipe; its exit code says whether that was right.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}
