/** Buffers up to this long are copied together: cheaper than an entry each in a writev. */
const SMALL = 4 * 1024

/** The same bytes in fewer buffers: each run of small ones is one. */
export function joinSmall(buffers: readonly Uint8Array[]): readonly Uint8Array[] {
  if (buffers.length < 2) return buffers
  const joined: Uint8Array[] = []
  let run: Uint8Array[] = []
  let runLength = 0
  const endRun = () => {
    if (run.length > 0) joined.push(run.length === 1 ? (run[0] as Uint8Array) : concat(run, runLength))
    run = []
    runLength = 0
  }
  for (const buffer of buffers) {
    if (buffer.length <= SMALL) {
      run.push(buffer)
      runLength += buffer.length
    } else {
      endRun()
      joined.push(buffer)
    }
  }
  endRun()
  return joined
}

/** `Buffer.concat`, without its checks of every part. */
function concat(parts: readonly Uint8Array[], length: number): Buffer {
  const whole = Buffer.allocUnsafe(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
