/**
 * Kafka's framing as one writes it by hand for speed: hands each body on as a view of its chunk, and joins only a frame
 * that lies across chunks, once, when it is whole.
 */
export function framesByHand(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  /** The frame that lies across chunks, in the parts that came: `had` bytes, of `wanted` with its length. */
  let parts: Buffer[] = []
  let had = 0
  let wanted = 4
  return chunk => {
    let at = 0
    while (had > 0) {
      const part = chunk.subarray(at, at + wanted - had)
      at += part.length
      had += part.length
      parts.push(part)
      if (had < wanted) return
      const whole = Buffer.concat(parts, had)
      if (had === 4) wanted = 4 + whole.readInt32BE(0)
      if (had < wanted) {
        parts = [whole]
      } else {
        parts = []
        had = 0
        onFrame(whole.subarray(4))
      }
    }
    const { length } = chunk
    while (at + 4 <= length) {
      const end = at + 4 + chunk.readInt32BE(at)
      if (end > length) {
        wanted = end - at
        had = length - at
        parts.push(chunk.subarray(at))
        return
      }
      onFrame(chunk.subarray(at + 4, end))
      at = end
    }
    if (at < length) {
      wanted = 4
      had = length - at
      parts.push(chunk.subarray(at))
    }
  }
}
