import { Observable, Subscription } from 'rxjs'
import type { Channel, Transport } from '../../connection/transport.js'
import { channelPair } from './channel-pair.js'
import type { Driver } from './driver.js'
import { Pauses } from './pauses.js'
import { serve } from './serve.js'

/**
 * A transport that leads to the brokers of a cluster by their names and ports, without sockets and without a moment's
 * delay, so in virtual time; in real time the event loop goes on beside it. A name that none has, or a broker that is down, refuses the connection.
 */
export function clusterTransport(driver: Driver): Transport {
  let nextPort = 50_000
  return ({ host, port, tls, scheduler }) =>
    new Observable<Channel>(subscriber => {
      const connection = new Subscription()
      const open = (): void => {
        const node = [...driver.machine.cluster.nodes.values()].find(one => one.host === host && one.port === port)
        const problem = node?.isUp !== true ? refused(host, port) : tls === false ? undefined : plainText()
        if (node === undefined || problem !== undefined) {
          subscriber.error(problem)
          return
        }
        const pauses = new Pauses(scheduler)
        connection.add(() => pauses.stop())
        const { client, server } = channelPair({ host: '127.0.0.1', port: nextPort++ }, { host, port }, pauses)
        // After the client has its channel: the first request may come inside that.
        subscriber.next(client)
        if (!subscriber.closed)
          connection.add(serve(driver, node.id, server).subscribe({ complete: () => server.end() }))
      }
      connection.add(scheduler.schedule(open))
      return connection
    })
}

/** Over TCP it would take a TLS handshake for a request that it does not know, and hang up. */
function plainText(): Error {
  return new Error('the embedded broker speaks plain text')
}

function refused(host: string, port: number): Error {
  return Object.assign(new Error(`connect ECONNREFUSED ${host}:${port}`), { code: 'ECONNREFUSED' })
}
