import { bufferView } from './buffer-view.js'

const ROW = 16

/**
 * Bytes for people to read: offset, sixteen in hex, the same as text.
 *
 * ```text
 * 00000000  00 00 00 0a 00 12 00 04  00 00 00 01 00 03 66 6f  |..............fo|
 * ```
 *
 * @example
 * connection.subscribe(chunk => console.log(hexdump(chunk)))
 */
export function hexdump(bytes: Uint8Array): string {
  const buffer = bufferView(bytes)
  const rows: string[] = []
  for (let offset = 0; offset < buffer.length; offset += ROW)
    rows.push(row(offset, buffer.subarray(offset, offset + ROW)))
  return rows.join('\n')
}

function row(offset: number, bytes: Buffer): string {
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0'))
  const left = hex.slice(0, ROW / 2).join(' ')
  const right = hex.slice(ROW / 2).join(' ')
  const text = bytes.toString('latin1').replace(/[^ -~]/g, '.')
  return `${offset.toString(16).padStart(8, '0')}  ${left.padEnd(23)}  ${right.padEnd(23)}  |${text}|`
}
