import type { FetchingOptions } from './fetching-options.js'
import { NodeFetcher } from './node-fetcher.js'
import type { Place } from './place.js'

/** Which partition is asked for where. */
export class Fetching {
  readonly #options: FetchingOptions
  readonly #nodes = new Map<number, NodeFetcher>()
  readonly #at = new Map<Place, NodeFetcher>()

  constructor(options: FetchingOptions) {
    this.#options = options
  }

  /** Has it asked for where it is to be read now: only there, and at most once at a time. */
  route(place: Place, now: number): void {
    const { nodes } = this.#options.cluster.metadata.view
    const nodeId = place.nodeAt(now, id => nodes.has(id))
    const before = this.#at.get(place)
    if (before?.id === nodeId) return
    before?.places.delete(place)
    this.#at.delete(place)
    if (!nodes.has(nodeId)) return
    let node = this.#nodes.get(nodeId)
    if (node === undefined) {
      node = new NodeFetcher(nodeId, this.#options)
      this.#nodes.set(nodeId, node)
    }
    node.places.add(place)
    this.#at.set(place, node)
  }

  leave(place: Place): void {
    this.#at.get(place)?.places.delete(place)
    this.#at.delete(place)
  }

  /** Asks for what may be asked for now. */
  drain(): void {
    for (const [id, node] of this.#nodes) {
      node.drain()
      if (node.isIdle) this.#nodes.delete(id)
    }
  }

  stop(): void {
    for (const node of this.#nodes.values()) node.stop()
    this.#nodes.clear()
    this.#at.clear()
  }
}
