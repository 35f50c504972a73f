/** Sixteen zeros: Kafka's "no id". */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

/** 22 characters of base64url, of which the last holds two bits. */
const pattern = /^[A-Za-z0-9_-]{21}[AQgw]$/

/** Whether `text` is a uuid as Kafka prints it: 22 characters of base64url, without padding. */
export function isUuid(text: string): boolean {
  return pattern.test(text)
}
