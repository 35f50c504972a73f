import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of kcat (librdkafka's command line client), or undefined where it is not installed. */
export function findKcat(): string | undefined {
  const { PATH = '' } = process.env
  return PATH.split(delimiter)
    .flatMap(folder => [join(folder, 'kcat'), join(folder, 'kafkacat')])
    .find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
