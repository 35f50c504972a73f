/** Where a broker is. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** The address in `host:port`; `[::1]:9092` for IPv6. Without a port it is Kafka's own. */
export function addressOf(bootstrap: string): Address {
  const [, host = bootstrap, port = '9092'] = /^(.*):(\d+)$/.exec(bootstrap) ?? []
  return { host, port: Number(port) }
}
