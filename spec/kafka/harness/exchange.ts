import { connect } from 'node:net'

/** One request over a raw socket of its own: sends the body with its length before it, resolves with the answer's body. */
export function exchange(port: number, body: Uint8Array, timeout = 2_000): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, timeout })
    let received = Buffer.alloc(0)
    const fail = (why: string) => reject(new Error(`127.0.0.1:${port} ${why}`))
    socket.once('error', reject)
    socket.once('timeout', () => socket.destroy(new Error(`127.0.0.1:${port} did not answer within ${timeout} ms`)))
    socket.once('close', () => fail(`closed ${received.length} bytes into its answer`))
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE()) return
      resolve(received.subarray(4, 4 + received.readInt32BE()))
      socket.destroy()
    })
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length)
    socket.write(Buffer.concat([length, body]))
  })
}

/** A request of header version 1 (all that need no tagged fields), built by hand. */
export function request(
  apiKey: number,
  apiVersion: number,
  correlationId: number,
  body: Uint8Array,
  clientId = 'harness',
): Buffer {
  const header = Buffer.alloc(10)
  header.writeInt16BE(apiKey)
  header.writeInt16BE(apiVersion, 2)
  header.writeInt32BE(correlationId, 4)
  header.writeInt16BE(clientId.length, 8)
  return Buffer.concat([header, Buffer.from(clientId), body])
}

/** ApiVersions v0, the one request that any broker of any version answers. */
export function apiVersionsRequest(correlationId: number): Buffer {
  return request(18, 0, correlationId, Buffer.alloc(0))
}

/** How many brokers the one on this port knows of: Metadata v1 for no topic; its answer starts with their count. */
export async function brokersKnown(port: number): Promise<number> {
  const answer = await exchange(port, request(3, 1, 1, Buffer.alloc(4)))
  return answer.readInt32BE(4)
}
