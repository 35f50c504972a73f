/**
 * Slices of lengths that follow from the slice before, cut by hand: views of the chunk they lie in, joined only when
 * they lie across chunks.
 */
export function slicesByHand(
  lengthAfter: (previous: Buffer | undefined, index: number) => number,
  onSlice: (slice: Buffer) => void,
): (chunk: Buffer) => void {
  let index = 0
  let wanted = lengthAfter(undefined, index++)
  let parts: Buffer[] = []
  let had = 0
  const next = (slice: Buffer) => {
    wanted = lengthAfter(slice, index++)
    onSlice(slice)
  }
  return chunk => {
    let at = 0
    if (had > 0) {
      const part = chunk.subarray(0, wanted - had)
      at = part.length
      had += at
      parts.push(part)
      if (had < wanted) return
      const whole = Buffer.concat(parts, had)
      parts = []
      had = 0
      next(whole)
    }
    const { length } = chunk
    while (at + wanted <= length) {
      const slice = chunk.subarray(at, at + wanted)
      at += wanted
      next(slice)
    }
    if (at < length) {
      parts.push(chunk.subarray(at))
      had = length - at
    }
  }
}
