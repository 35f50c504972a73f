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

const endpoint = {
  host: string(),
  port: uint16(),
}

const taskOffset = {
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
}

const taskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
}

const assignment = {
  activeTasks: array(taskIds),
  standbyTasks: array(taskIds),
  warmupTasks: array(taskIds),
}

const topologyDescriptionNode = {
  name: string(),
  nodeType: int8(),
  sourceTopics: array(string()),
  sinkTopic: string({ nullable: true, default: null }),
  stores: array(string()),
  successors: array(string()),
}

const topologyDescriptionSubtopology = {
  subtopologyId: string(),
  nodes: array(topologyDescriptionNode),
}

const topologyDescriptionGlobalStore = {
  source: struct(topologyDescriptionNode),
  processor: struct(topologyDescriptionNode),
}

const topologyDescription = {
  subtopologies: array(topologyDescriptionSubtopology),
  globalStores: array(topologyDescriptionGlobalStore),
}

const request = {
  groupIds: array(string()),
  includeAuthorizedOperations: bool(),
  includeTopologyDescription: bool({ versions: '1+' }),
}

const response = {
  throttleTimeMs: int32(),
  groups: array({
    errorCode: int16(),
    errorMessage: string({ nullable: true, default: null }),
    groupId: string(),
    groupState: string(),
    groupEpoch: int32(),
    assignmentEpoch: int32(),
    topology: struct(
      {
        epoch: int32(),
        subtopologies: array(
          {
            subtopologyId: string(),
            sourceTopics: array(string()),
            repartitionSinkTopics: array(string()),
            stateChangelogTopics: array(topicInfo),
            repartitionSourceTopics: array(topicInfo),
          },
          { nullable: true, default: null },
        ),
      },
      { nullable: true, default: null },
    ),
    members: array({
      memberId: string(),
      memberEpoch: int32(),
      instanceId: string({ nullable: true, default: null }),
      rackId: string({ nullable: true, default: null }),
      clientId: string(),
      clientHost: string(),
      topologyEpoch: int32(),
      processId: string(),
      userEndpoint: struct(endpoint, { nullable: true, default: null }),
      clientTags: array(keyValue),
      taskOffsets: array(taskOffset),
      taskEndOffsets: array(taskOffset),
      assignment: struct(assignment),
      targetAssignment: struct(assignment),
      isClassic: bool(),
    }),
    authorizedOperations: int32({ default: -2147483648 }),
    topologyDescription: struct(topologyDescription, { versions: '1+', nullable: true, default: null }),
    topologyDescriptionStatus: int8({ versions: '1+' }),
    assignorName: string({ versions: '1+', nullable: true, default: null, ignorable: true }),
  }),
}

/**
 * StreamsGroupDescribe: key 89, versions 0 to 1, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_StreamsGroupDescribe
 */
export const StreamsGroupDescribe: Api<
  StreamsGroupDescribeRequestInput,
  StreamsGroupDescribeResponse,
  StreamsGroupDescribeRequest,
  StreamsGroupDescribeResponseInput
> = api({
  name: 'StreamsGroupDescribe',
  key: 89,
  versions: '0-1',
  flexible: '0+',
  request,
  response,
})

/** StreamsGroupDescribeRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface StreamsGroupDescribeRequest extends Decoded<typeof request> {}

/** StreamsGroupDescribeRequest as it may be written: without the fields that some version lacks. */
export interface StreamsGroupDescribeRequestInput extends Encodable<typeof request> {}

/** StreamsGroupDescribeResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface StreamsGroupDescribeResponse extends Decoded<typeof response> {}

/** StreamsGroupDescribeResponse as it may be written: without the fields that some version lacks. */
export interface StreamsGroupDescribeResponseInput extends Encodable<typeof response> {}
