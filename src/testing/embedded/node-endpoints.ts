import type { Cluster } from './cluster.js'

/** Where these nodes are, each once: what a broker tells those who took it for a leader (KIP-951). */
export function nodeEndpoints({ nodes }: Cluster, ids: readonly number[]) {
  return [...new Set(ids)].flatMap(id => {
    const node = nodes.get(id)
    return node === undefined ? [] : { nodeId: id, host: node.host, port: node.port, rack: node.rack }
  })
}
