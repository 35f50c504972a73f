import { concatMap, map, type Observable, timeInterval } from 'rxjs'
import { brokerError } from '../broker/broker-error.js'
import type { Broker } from '../broker/index.js'
import { errors } from '../protocol/error-codes.js'
import { DeleteTopics } from '../protocol/messages/delete-topics.js'
import { zeroUuid } from '../protocol/uuid.js'
import type { Cluster } from './cluster.js'
import { everywhere } from './everywhere.js'

/** From this version on topics may be named by id too, and stand in another field. */
const STRUCTS = 6
const MAX_INT32 = 2 ** 31 - 1

/** Deletes the topics; emits once when no broker knows of them any more. */
export function deleteTopics(cluster: Cluster, names: readonly string[], timeout: number): Observable<void> {
  const timeoutMs = Math.min(timeout, MAX_INT32)
  const body = (broker: Broker) =>
    (broker.versions.get(DeleteTopics.key)?.max ?? 0) >= STRUCTS
      ? { topics: names.map(name => ({ name, topicId: zeroUuid })), timeoutMs }
      : { topicNames: names, timeoutMs }
  return cluster.request(DeleteTopics, { body, to: 'controller', timeout }).pipe(
    timeInterval(cluster.scheduler),
    concatMap(({ value: { responses }, interval }) => {
      for (const { name, errorCode, errorMessage } of responses) {
        if (errorCode !== errors.NONE.code) throw brokerError(errorCode, `deleting the topic ${name}`, errorMessage)
      }
      for (const name of names) cluster.metadata.stale(name)
      const what = `deleting ${names.join(', ')}`
      return everywhere(cluster, names, what, timeout - interval, ({ topics }) =>
        topics.every(({ errorCode }) => errorCode === errors.UNKNOWN_TOPIC_OR_PARTITION.code),
      )
    }),
    map(() => undefined),
  )
}
