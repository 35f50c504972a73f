/** Sixteen zeros: Kafka's "no id". */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

/** 22 characters of base64url, of which the last holds two bits. */
const pattern = /^[A-Za-z0-9_-]{21}[AQgw]$/

/** Whether `text` is a uuid as Kafka prints it: 22 characters of base64url, without padding. */
export function isUuid(text: string): boolean {
  return text === lastText || pattern.test(text)
}

/** The last one that was written or read, both ways: most clients speak of one topic again and again. */
let lastText = zeroUuid
const lastBytes = Buffer.alloc(16)

/** Writes a uuid's 16 bytes there. */
export function writeUuid(text: string, bytes: Buffer, at: number): void {
  if (text !== lastText) {
    lastBytes.write(text, 0, 16, 'base64url')
    lastText = text
  }
  bytes.set(lastBytes, at)
}

/** The uuid whose 16 bytes stand there. */
export function readUuid(bytes: Buffer, at: number): string {
  for (let index = 0; index < 16; index++) {
    if (bytes[at + index] === lastBytes[index]) continue
    lastText = bytes.toString('base64url', at, at + 16)
    bytes.copy(lastBytes, 0, at, at + 16)
    break
  }
  return lastText
}
