/**
 * The bytes, without what they are a view of: it would be kept alive with them. Where it is hardly more than they are, as
 * with a request of one large batch, copying would cost more than it saves.
 */
export function ownBytes(bytes: Buffer): Buffer {
  if (bytes.length >= bytes.buffer.byteLength * 0.9) return bytes
  // Not from node's pool: what is small would keep alive the 8 KiB that it shares with what has long been forgotten.
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
}
