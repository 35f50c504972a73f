// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import { type Api, api, array, type Decoded, type Encodable, int16, int32, string } from '../declaration.js'

const request = {
  dirs: array({
    path: string(),
    topics: array({
      name: string(),
      partitions: array(int32()),
    }),
  }),
}

const response = {
  throttleTimeMs: int32(),
  results: array({
    topicName: string(),
    partitions: array({
      partitionIndex: int32(),
      errorCode: int16(),
    }),
  }),
}

/**
 * AlterReplicaLogDirs: key 34, versions 1 to 2, flexible from 2.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_AlterReplicaLogDirs
 */
export const AlterReplicaLogDirs: Api<
  AlterReplicaLogDirsRequestInput,
  AlterReplicaLogDirsResponse,
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponseInput
> = api({
  name: 'AlterReplicaLogDirs',
  key: 34,
  versions: '1-2',
  flexible: '2+',
  request,
  response,
})

/** AlterReplicaLogDirsRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterReplicaLogDirsRequest extends Decoded<typeof request> {}

/** AlterReplicaLogDirsRequest as it may be written: without the fields that some version lacks. */
export interface AlterReplicaLogDirsRequestInput extends Encodable<typeof request> {}

/** AlterReplicaLogDirsResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface AlterReplicaLogDirsResponse extends Decoded<typeof response> {}

/** AlterReplicaLogDirsResponse as it may be written: without the fields that some version lacks. */
export interface AlterReplicaLogDirsResponseInput extends Encodable<typeof response> {}
