import { basename, delimiter } from 'node:path'
import { javaClassPath } from '../../spec/kafka/harness/class-path.js'

/** The class path of Kafka's client classes, with what their converters between messages and JSON need beside them. */
export function kafkaClients(version: string): Promise<string> {
  return javaClassPath([
    `org.apache.kafka:kafka-clients:${version}`,
    'com.fasterxml.jackson.core:jackson-databind:2.21.2',
  ])
}

/** The jar of the clients themselves, out of their class path. */
export function kafkaClientsJar(classPath: string): string {
  const jar = classPath.split(delimiter).find(path => basename(path).startsWith('kafka-clients-'))
  if (jar === undefined) throw new Error(`no kafka-clients jar among ${classPath}`)
  return jar
}
