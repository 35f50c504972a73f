/** What brokers are told of this client (KIP-511), for their metrics: the package's own name and version. */
export const clientSoftware = { clientSoftwareName: 'kafka-rx', clientSoftwareVersion: '0.1.0' } as const
