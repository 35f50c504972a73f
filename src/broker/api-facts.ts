/** Which broker of a cluster an API is asked of. */
export type AskedOf =
  /** Whichever has the least to do. */
  | 'any'
  /** The leader of each partition in it. */
  | 'leader'
  | 'group coordinator'
  | 'transaction coordinator'
  | 'controller'
  /** The one that it is about, which only who asks can name. */
  | 'broker'

/** What is to be known of an API beside its messages. */
export interface ApiFacts {
  readonly askedOf: AskedOf
  /** Whether asking twice does no more than asking once, and is answered alike. */
  readonly repeatable: boolean
  /** For how many ms the broker may hold the answer back by design. */
  readonly waits: (body: object) => number
  /** Administration that may take its time: it has a timeout of its own, and others should not queue behind it. */
  readonly slow: boolean
  /** Whether the request or its answer may hold credentials, which no dump must show. */
  readonly secret: boolean
  /**
   * The version from which the broker answers at once and leaves it to the client to be silent for `throttleTimeMs`;
   * before, it had itself waited so long (KIP-219).
   */
  readonly throttleFrom: number
  /** Whether the broker answers it. */
  readonly isAnswered: (body: object) => boolean
  /** The version from which topics go by id, where those before went by name. */
  readonly topicIdsFrom: number
}

/** How long after its members' own time a rebalance may end: what Kafka's clients allow for. */
const REBALANCE_LAPSE = 5000
/** SyncGroup is answered when the leader has assigned; it does not say how long that may take. */
const ASSIGNING = 60_000

const never = () => 0
const always = () => true

const other: ApiFacts = {
  askedOf: 'any',
  repeatable: false,
  waits: never,
  slow: false,
  secret: false,
  throttleFrom: 0,
  isAnswered: always,
  topicIdsFrom: Number.POSITIVE_INFINITY,
}

/** One of the facts: the ms in this field of the body. */
const field = (name: string) => (body: object) => ms((body as Record<string, unknown>)[name])
const ms = (value: unknown): number => (typeof value === 'number' && value > 0 ? value : 0)

type Row = Partial<ApiFacts> & Pick<ApiFacts, 'askedOf'>

const repeatable = { repeatable: true }
const secret = { secret: true }
/** Administration that carries the time it may take. */
const slow = { slow: true, waits: field('timeoutMs') }

/** By the API's name, in the order of their keys; what a row does not say is as in `other`. */
const rows: Readonly<Record<string, Row>> = {
  Produce: {
    askedOf: 'leader',
    waits: field('timeoutMs'),
    throttleFrom: 6,
    isAnswered: body => (body as { readonly acks?: unknown }).acks !== 0,
    topicIdsFrom: 13,
  },
  Fetch: { askedOf: 'leader', ...repeatable, waits: field('maxWaitMs'), throttleFrom: 8, topicIdsFrom: 13 },
  ListOffsets: { askedOf: 'leader', ...repeatable, waits: field('timeoutMs'), throttleFrom: 3 },
  Metadata: { askedOf: 'any', ...repeatable, throttleFrom: 6 },
  OffsetCommit: { askedOf: 'group coordinator', ...repeatable, throttleFrom: 4, topicIdsFrom: 10 },
  OffsetFetch: { askedOf: 'group coordinator', ...repeatable, throttleFrom: 4, topicIdsFrom: 10 },
  FindCoordinator: { askedOf: 'any', ...repeatable, throttleFrom: 2 },
  JoinGroup: {
    askedOf: 'group coordinator',
    waits: body => {
      const { rebalanceTimeoutMs, sessionTimeoutMs } = body as Readonly<Record<string, unknown>>
      return (ms(rebalanceTimeoutMs) || ms(sessionTimeoutMs)) + REBALANCE_LAPSE
    },
    throttleFrom: 3,
  },
  Heartbeat: { askedOf: 'group coordinator', ...repeatable, throttleFrom: 2 },
  LeaveGroup: { askedOf: 'group coordinator', throttleFrom: 2 },
  SyncGroup: { askedOf: 'group coordinator', ...repeatable, waits: () => ASSIGNING, throttleFrom: 2 },
  DescribeGroups: { askedOf: 'group coordinator', ...repeatable, throttleFrom: 2 },
  ListGroups: { askedOf: 'broker', ...repeatable, throttleFrom: 2 },
  SaslHandshake: { askedOf: 'broker' },
  ApiVersions: { askedOf: 'broker', ...repeatable, throttleFrom: 2 },
  CreateTopics: { askedOf: 'controller', ...slow, throttleFrom: 3 },
  DeleteTopics: { askedOf: 'controller', ...slow, throttleFrom: 2 },
  DeleteRecords: { askedOf: 'leader', ...repeatable, ...slow, throttleFrom: 1 },
  InitProducerId: { askedOf: 'transaction coordinator', ...repeatable, throttleFrom: 1 },
  OffsetForLeaderEpoch: { askedOf: 'leader', ...repeatable },
  AddPartitionsToTxn: { askedOf: 'transaction coordinator', ...repeatable, throttleFrom: 1 },
  AddOffsetsToTxn: { askedOf: 'transaction coordinator', ...repeatable, throttleFrom: 1 },
  EndTxn: { askedOf: 'transaction coordinator', ...repeatable, throttleFrom: 1 },
  WriteTxnMarkers: { askedOf: 'leader' },
  TxnOffsetCommit: { askedOf: 'group coordinator', ...repeatable, throttleFrom: 1, topicIdsFrom: 6 },
  DescribeAcls: { askedOf: 'any', ...repeatable, throttleFrom: 1 },
  CreateAcls: { askedOf: 'controller', ...repeatable, throttleFrom: 1 },
  DeleteAcls: { askedOf: 'controller', throttleFrom: 1 },
  // Of a broker's settings, that broker is to be asked.
  DescribeConfigs: { askedOf: 'any', ...repeatable, ...secret, throttleFrom: 2 },
  AlterConfigs: { askedOf: 'any', ...repeatable, ...secret, throttleFrom: 1 },
  AlterReplicaLogDirs: { askedOf: 'broker', ...repeatable, throttleFrom: 1 },
  DescribeLogDirs: { askedOf: 'broker', ...repeatable, throttleFrom: 1 },
  SaslAuthenticate: { askedOf: 'broker', ...secret },
  CreatePartitions: { askedOf: 'controller', ...slow, throttleFrom: 1 },
  CreateDelegationToken: { askedOf: 'any', ...secret, throttleFrom: 1 },
  RenewDelegationToken: { askedOf: 'any', ...repeatable, ...secret, throttleFrom: 1 },
  ExpireDelegationToken: { askedOf: 'any', ...secret, throttleFrom: 1 },
  DescribeDelegationToken: { askedOf: 'any', ...repeatable, ...secret, throttleFrom: 1 },
  DeleteGroups: { askedOf: 'group coordinator', throttleFrom: 1 },
  ElectLeaders: { askedOf: 'controller', ...slow },
  IncrementalAlterConfigs: { askedOf: 'any', ...repeatable, ...secret },
  AlterPartitionReassignments: { askedOf: 'controller', ...repeatable, ...slow },
  ListPartitionReassignments: { askedOf: 'controller', ...repeatable, ...slow },
  OffsetDelete: { askedOf: 'group coordinator', ...repeatable },
  DescribeClientQuotas: { askedOf: 'any', ...repeatable },
  AlterClientQuotas: { askedOf: 'controller', ...repeatable },
  DescribeUserScramCredentials: { askedOf: 'any', ...repeatable },
  AlterUserScramCredentials: { askedOf: 'controller', ...secret },
  DescribeQuorum: { askedOf: 'controller', ...repeatable },
  UpdateFeatures: { askedOf: 'controller', ...repeatable, ...slow },
  DescribeCluster: { askedOf: 'any', ...repeatable },
  DescribeProducers: { askedOf: 'leader', ...repeatable },
  UnregisterBroker: { askedOf: 'controller' },
  UnregisterController: { askedOf: 'controller' },
  DescribeTransactions: { askedOf: 'transaction coordinator', ...repeatable },
  ListTransactions: { askedOf: 'broker', ...repeatable },
  ConsumerGroupHeartbeat: { askedOf: 'group coordinator', ...repeatable },
  ConsumerGroupDescribe: { askedOf: 'group coordinator', ...repeatable },
  GetTelemetrySubscriptions: { askedOf: 'any', ...repeatable },
  PushTelemetry: { askedOf: 'any' },
  ListConfigResources: { askedOf: 'any', ...repeatable },
  DescribeTopicPartitions: { askedOf: 'any', ...repeatable },
  ShareGroupHeartbeat: { askedOf: 'group coordinator', ...repeatable },
  ShareGroupDescribe: { askedOf: 'group coordinator', ...repeatable },
  ShareFetch: { askedOf: 'leader', waits: field('maxWaitMs') },
  ShareAcknowledge: { askedOf: 'leader' },
  AddRaftVoter: { askedOf: 'controller', ...slow },
  RemoveRaftVoter: { askedOf: 'controller' },
  // Of the share coordinator, which FindCoordinator names.
  InitializeShareGroupState: { askedOf: 'broker' },
  ReadShareGroupState: { askedOf: 'broker', ...repeatable },
  WriteShareGroupState: { askedOf: 'broker' },
  DeleteShareGroupState: { askedOf: 'broker' },
  ReadShareGroupStateSummary: { askedOf: 'broker', ...repeatable },
  StreamsGroupHeartbeat: { askedOf: 'group coordinator', ...repeatable },
  StreamsGroupDescribe: { askedOf: 'group coordinator', ...repeatable },
  StreamsGroupTopologyDescriptionUpdate: { askedOf: 'group coordinator', ...repeatable },
  DescribeShareGroupOffsets: { askedOf: 'group coordinator', ...repeatable },
  AlterShareGroupOffsets: { askedOf: 'group coordinator', ...repeatable },
  DeleteShareGroupOffsets: { askedOf: 'group coordinator' },
}

const facts: ReadonlyMap<string, ApiFacts> = new Map(
  Object.entries(rows).map(([name, row]) => [name, { ...other, ...row }]),
)

/** The APIs that have a row. */
export const knownApis: readonly string[] = [...facts.keys()]

/** What is to be known of an API, by its name; of one that Kafka does not have, what is true of most. */
export function factsOf(name: string): ApiFacts {
  return facts.get(name) ?? other
}

/** For how many ms the client has to be silent after this response. */
export function throttleOf({ throttleFrom }: ApiFacts, version: number, response: object): number {
  return version >= throttleFrom ? ms((response as { readonly throttleTimeMs?: unknown }).throttleTimeMs) : 0
}
