// Written by `npm run generate-messages`: change tools/generate-messages.ts, not this.
import {
  type Api,
  api,
  array,
  type Decoded,
  type Encodable,
  int8,
  int16,
  int32,
  string,
  struct,
} from '../declaration.js'

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
  groupId: string(),
  memberId: string(),
  topologyEpoch: int32(),
  topologyDescription: struct(topologyDescription),
}

const response = {
  throttleTimeMs: int32(),
  errorCode: int16(),
  errorMessage: string({ nullable: true, default: null }),
}

/**
 * StreamsGroupTopologyDescriptionUpdate: key 93, version 0, flexible from 0.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_StreamsGroupTopologyDescriptionUpdate
 */
export const StreamsGroupTopologyDescriptionUpdate: Api<
  StreamsGroupTopologyDescriptionUpdateRequestInput,
  StreamsGroupTopologyDescriptionUpdateResponse,
  StreamsGroupTopologyDescriptionUpdateRequest,
  StreamsGroupTopologyDescriptionUpdateResponseInput
> = api({
  name: 'StreamsGroupTopologyDescriptionUpdate',
  key: 93,
  versions: '0',
  flexible: '0+',
  request,
  response,
})

/** StreamsGroupTopologyDescriptionUpdateRequest as it is read: every field, the ones that its version lacks with their defaults. */
export interface StreamsGroupTopologyDescriptionUpdateRequest extends Decoded<typeof request> {}

/** StreamsGroupTopologyDescriptionUpdateRequest as it may be written: without the fields that some version lacks. */
export interface StreamsGroupTopologyDescriptionUpdateRequestInput extends Encodable<typeof request> {}

/** StreamsGroupTopologyDescriptionUpdateResponse as it is read: every field, the ones that its version lacks with their defaults. */
export interface StreamsGroupTopologyDescriptionUpdateResponse extends Decoded<typeof response> {}

/** StreamsGroupTopologyDescriptionUpdateResponse as it may be written: without the fields that some version lacks. */
export interface StreamsGroupTopologyDescriptionUpdateResponseInput extends Encodable<typeof response> {}
