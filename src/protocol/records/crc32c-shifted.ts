/**
 * What a difference of two CRC-32C becomes when both run on over the same `length` bytes more: checksums are linear, so
 * `crc(a + rest) = crc(b + rest) ^ shifted(crc(a) ^ crc(b), rest.length)` for `a` and `b` of one length.
 *
 * Running on over n bytes multiplies by x^8n, as polynomials over GF(2) modulo the checksum's, and x^8n is a product of
 * powers that are squares of one another: one multiplication for each bit of n that is set.
 */
export function crc32cShifted(difference: number, length: number): number {
  let shifted = difference
  for (let bit = 0, rest = length; rest > 0; bit++, rest >>>= 1) {
    if ((rest & 1) === 1) shifted = multiply(shifted, powerAt(bit))
  }
  return shifted
}

/** x^(8 * 2^k), each made when it is first needed; the highest bit is x^0. */
const powers: number[] = [0x00800000]

function powerAt(bit: number): number {
  while (powers.length <= bit) {
    const last = powers[powers.length - 1] as number
    powers.push(multiply(last, last))
  }
  return powers[bit] as number
}

function multiply(a: number, b: number): number {
  let product = 0
  let factor = b
  for (let rest = a; rest !== 0; rest <<= 1) {
    if (rest < 0) product ^= factor
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ 0x82f63b78 : factor >>> 1
  }
  return product
}
