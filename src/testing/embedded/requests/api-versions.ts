import type { ErrorName } from '../../../protocol/error-codes.js'
import { ApiVersions } from '../../../protocol/messages/api-versions.js'
import { code } from '../error-code.js'
import { handler } from '../handler.js'

/** What a name or a version of client software may look like. */
const softwarePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** Which APIs, versions and features the broker has. */
export const apiVersions = handler(ApiVersions, {
  respond({ clientSoftwareName, clientSoftwareVersion, clusterId, nodeId }, context) {
    const { client, cluster, node, version, handlers } = context
    if (version >= 3) {
      const isRight = softwarePattern.test(clientSoftwareName) && softwarePattern.test(clientSoftwareVersion)
      if (!isRight || (clusterId === null) !== (nodeId === -1)) return refused('INVALID_REQUEST')
      // Who says whom it meant is told when it came to somebody else (KIP-1242).
      if (clusterId !== null && (clusterId !== cluster.id || nodeId !== node.id)) return refused('REBOOTSTRAP_REQUIRED')
      client.software = `${clientSoftwareName} ${clientSoftwareVersion}`
    }
    const apiKeys = [...handlers.values()].map(({ api, advertisedMin }) => ({
      apiKey: api.key,
      minVersion: advertisedMin ?? api.versions.min,
      maxVersion: api.versions.stable,
    }))
    return {
      errorCode: 0,
      apiKeys,
      supportedFeatures: features.map(([name, maxVersion]) => ({ name, minVersion: 0, maxVersion })),
      finalizedFeaturesEpoch: 0n,
      finalizedFeatures: features.map(([name, level]) => ({ name, maxVersionLevel: level, minVersionLevel: level })),
    }
  },
  // Also what is answered to a version that is not known, so that the client may ask again with one that is (KIP-511).
  refuse: (_request, errorCode) => ({
    errorCode,
    apiKeys: [
      { apiKey: ApiVersions.key, minVersion: ApiVersions.versions.min, maxVersion: ApiVersions.versions.stable },
    ],
  }),
})

const refused = (error: ErrorName) => ({ errorCode: code(error), apiKeys: [] })

/** What clients look at: the new group protocol, and transactions whose partitions need not be added first (KIP-890). */
const features = [
  ['group.version', 1],
  ['transaction.version', 2],
] as const
