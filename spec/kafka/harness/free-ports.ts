import { createServer } from 'node:net'

/**
 * Ports of 127.0.0.1 that nobody listens on.
 *
 * Below the ephemeral range (from 32768 on Linux, 49152 elsewhere): a port from inside it could be taken by any
 * outgoing connection while a broker is down for a restart, and a client that retries could connect to itself.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
