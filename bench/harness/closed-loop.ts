import type { Round } from './bench.js'

/** Sends once; calls one of the two when that has ended, never inside its own call. */
export type Send = (done: () => void, fail: (error: unknown) => void) => void

/** How a {@link closedLoop} runs. */
export interface ClosedLoopOptions {
  readonly outstanding: number
  readonly unitsPerSend?: number
  /** How long a round takes, about. */
  readonly milliseconds?: number
}

/**
 * A round of sends of which so many are outstanding: the end of each begins the next. As many as fill a round, by how
 * long the last one took. Plain callbacks: `range().pipe(mergeMap(…, 1000))` shifts an array for each.
 */
export function closedLoop(
  send: Send,
  { outstanding, unitsPerSend = 1, milliseconds = 300 }: ClosedLoopOptions,
): Round {
  let count = outstanding * 4
  return async watch => {
    const sends = count
    watch.start()
    const began = performance.now()
    await sendAll(send, sends, outstanding)
    watch.stop()
    const fitting = (sends * milliseconds) / (performance.now() - began)
    count = Math.ceil(Math.min(Math.max(fitting, outstanding * 2, sends / 2), sends * 4))
    return sends * unitsPerSend
  }
}

function sendAll(send: Send, count: number, outstanding: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let begun = 0
    let ended = 0
    const done = () => {
      ended++
      if (begun < count) begin()
      else if (ended === count) resolve()
    }
    const begin = () => {
      begun++
      send(done, reject)
    }
    for (let sent = 0; sent < Math.min(outstanding, count); sent++) begin()
  })
}
