// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  bool,
  type Decoded,
  type Encodable,
  int8,
  int16,
  int32,
  int64,
  string,
  struct,
  uint16,
} from '../declaration.js'

const keyValue = {
  key: string(),
  value: string(),
}

const topicInfo = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(keyValue),
}

const taskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
}

const endpoint = {
  host: string(),
  port: uint16(),
}

const taskOffset = {
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
}

const status = {
  statusCode: int8(),
  statusDetail: string(),
}

const topicPartition = {
  topic: string(),
  partitions: array(int32()),
}

const request = {
  groupId: string(),
  memberId: string(),
  memberEpoch: int32(),
  endpointInformationEpoch: int32(),
  instanceId: string({ nullable: true, default: null }),
  rackId: string({ nullable: true, default: null }),
  rebalanceTimeoutMs: int32({ default: -1 }),
  topology: struct(
    {
      epoch: int32(),
      subtopologies: array({
        subtopologyId: string(),
        sourceTopics: array(string()),
        sourceTopicRegex: array(string()),
        stateChangelogTopics: array(topicInfo),
        repartitionSinkTopics: array(string()),
        repartitionSourceTopics: array(topicInfo),
        copartitionGroups: array({
          sourceTopics: array(int16()),
          sourceTopicRegex: array(int16()),
          repartitionSourceTopics: array(int16()),
        }),
      }),
    },
    { nullable: true, default: null },
  ),
  activeTasks: array(taskIds, { nullable: true, default: null }),
  standbyTasks: array(taskIds, { nullable: true, default: null }),
  warmupTasks: array(taskIds, { nullable: true, default: null }),
  processId: string({ nullable: true, default: null }),
  userEndpoint: struct(endpoint, { nullable: true, default: null }),
  clientTags: array(keyValue, { nullable: true, default: null }),
  taskOffsets: array(taskOffset, { nullable: true, default: null }),
  taskEndOffsets: array(taskOffset, { nullable: true, default: null }),
  shutdownApplication: bool(),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
  memberId: string(),
  memberEpoch: int32(),
  heartbeatIntervalMs: int32(),
  acceptableRecoveryLagLegacy: int32({ versions: '0' }),
  taskOffsetIntervalMs: int32(),
  acceptableRecoveryLag: int64({ versions: '1+', default: -1n, ignorable: true }),
  status: array(status, { nullable: true }),
  activeTasks: array(taskIds, { nullable: true, default: null }),
  standbyTasks: array(taskIds, { nullable: true, default: null }),
  warmupTasks: array(taskIds, { nullable: true, default: null }),
  topologyDescriptionRequired: bool({ versions: '1+' }),
  endpointInformationEpoch: int32(),
  partitionsByUserEndpoint: array(
    {
      userEndpoint: struct(endpoint),
      activePartitions: array(topicPartition),
      standbyPartitions: array(topicPartition),
    },
    { nullable: true, default: null },
  ),
}

/**
 * StreamsGroupHeartbeat: key 88, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_StreamsGroupHeartbeat
 */
export const StreamsGroupHeartbeat: Api<
  StreamsGroupHeartbeatRequestInput,
  StreamsGroupHeartbeatResponse,
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponseInput
> = api({
  name: 'StreamsGroupHeartbeat',
  key: 88,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** StreamsGroupHeartbeatRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface StreamsGroupHeartbeatRequest extends Decoded<typeof request> {}

/** StreamsGroupHeartbeatRequest as it may be written: without the fields that some version lacks. */
export interface StreamsGroupHeartbeatRequestInput extends Encodable<typeof request> {}

/** StreamsGroupHeartbeatResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface StreamsGroupHeartbeatResponse extends Decoded<typeof response> {}

/** StreamsGroupHeartbeatResponse as it may be written: without the fields that some version lacks. */
export interface StreamsGroupHeartbeatResponseInput extends Encodable<typeof response> {}
