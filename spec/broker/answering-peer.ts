import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import {
  type Asked,
  cluster,
  everyVersion,
  readRequests,
  responseFrame,
} from '../../marble-tests/broker/scripted-broker.js'
import * as protocol from '../../src/protocol/index.js'
import { type Peer, peer } from '../connection/peer.js'

/**
 * A broker on a socket: ApiVersions is answered at once, everything else in order as `answer` says, each `delay` ms after
 * it came or the one before was answered; undefined is no answer, `hang up` a FIN.
 */
export function answeringPeer(answer: (asked: Asked) => object | 'hang up' | undefined, delay = 0): Promise<Peer> {
  return peer(socket => {
    let held = Buffer.alloc(0)
    let turn: Promise<unknown> = Promise.resolve()
    socket.on('data', chunk => {
      held = Buffer.concat([held, chunk])
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
        const end = 4 + held.readInt32BE(0)
        const [asked] = readRequests(held.subarray(0, end)) as [Asked]
        held = held.subarray(end)
        if (asked.api === 'ApiVersions') socket.write(responseFrame(asked, everyVersion))
        else {
          turn = turn
            .then(() => new Promise(resolve => (delay === 0 ? resolve(0) : setTimeout(resolve, delay))))
            .then(() => {
              const body = answer(asked)
              if (body === 'hang up') socket.end()
              else if (body !== undefined) socket.write(responseFrame(asked, body))
            })
        }
      }
    })
    socket.on('end', () => socket.end())
  })
}

/** A broker in a thread of its own, which answers Metadata whatever this one does. */
export async function answeringThread(): Promise<AsyncDisposable & { readonly host: string; readonly port: number }> {
  // What follows the correlation id of each answer.
  const rest = (api: string, version: number, body: object) =>
    responseFrame({ api, version, correlationId: 0, clientId: null, body: {} }, body).subarray(8)
  const { ApiVersions, Metadata } = protocol
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     const server = require('node:net').createServer(socket => socket.on('data', bytes => {
       for (let at = 0; at < bytes.length; at += 4 + bytes.readInt32BE(at)) {
         const rest = workerData[bytes.readInt16BE(at + 4)]
         const head = Buffer.alloc(8)
         head.writeInt32BE(4 + rest.length)
         head.writeInt32BE(bytes.readInt32BE(at + 8), 4)
         socket.write(Buffer.concat([head, rest]))
       }
     }))
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
    {
      eval: true,
      workerData: {
        [ApiVersions.key]: rest('ApiVersions', ApiVersions.versions.stable, everyVersion),
        [Metadata.key]: rest('Metadata', Metadata.versions.stable, cluster('a')),
      },
    },
  )
  const [port] = (await once(worker, 'message')) as [number]
  return {
    host: '127.0.0.1',
    port,
    async [Symbol.asyncDispose]() {
      await worker.terminate()
    },
  }
}
