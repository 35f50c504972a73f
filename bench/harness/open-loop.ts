import type { Send } from './closed-loop.js'

/**
 * Sends so many a second, whatever becomes of them, each on its own turn of the event loop; the ms that each took until
 * acknowledged, in the order of their ends. Told once all have ended.
 */
export function openLoop(send: Send, perSecond: number, milliseconds: number): Promise<number[]> {
  const count = Math.round((perSecond * milliseconds) / 1000)
  const took: number[] = []
  return new Promise((resolve, reject) => {
    const began = performance.now()
    let sent = 0
    const next = () => {
      const due = Math.min(count, Math.floor(((performance.now() - began) * perSecond) / 1000) + 1)
      if (sent < due) {
        sent++
        const at = performance.now()
        send(() => {
          took.push(performance.now() - at)
          if (took.length === count) resolve(took)
        }, reject)
      }
      if (sent === count) return
      if (sent < due) setImmediate(next)
      else setTimeout(next, 1)
    }
    next()
  })
}
