import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { javaProgram, run } from './run-java.js'

/** A throw-away authority and the broker's certificate that it signed, for localhost, 127.0.0.1 and ::1. */
export interface Certificates {
  /** The authority's certificate in PEM: node's `ca`. */
  readonly ca: string
  /** The same in a file, for kcat's `ssl.ca.location`. */
  readonly caFile: string
  /** PKCS12 with the broker's key and chain. */
  readonly keyStore: string
  /** PKCS12 with the authority alone, for Java clients. */
  readonly trustStore: string
  /** Of both stores. */
  readonly password: string
}

/** Makes them in `folder` with the JDK's keytool, so that nothing but Java is needed. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const keyStore = join(folder, 'broker.p12')
  const trustStore = join(folder, 'trust.p12')
  const caFile = join(folder, 'ca.pem')
  const keytool = (command: string, store: string, ...args: string[]) =>
    run(javaProgram('keytool'), [command, '-keystore', store, '-storetype', 'PKCS12', '-storepass', password, ...args])
  const key = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '2']

  const authority = ['-dname', 'CN=kafka-rx throw-away authority', '-ext', 'bc:c', '-ext', 'ku:c=keyCertSign']
  await keytool('-genkeypair', keyStore, '-alias', 'ca', ...key, ...authority)
  await keytool('-exportcert', keyStore, '-alias', 'ca', '-rfc', '-file', caFile)
  const names = ['-dname', 'CN=localhost', '-ext', 'san=dns:localhost,ip:127.0.0.1,ip:0:0:0:0:0:0:0:1']
  await keytool('-genkeypair', keyStore, '-alias', 'broker', ...key, ...names, '-signer', 'ca')
  // The broker presents whichever key its store has: the authority's own must go.
  await keytool('-delete', keyStore, '-alias', 'ca')
  await keytool('-importcert', trustStore, '-alias', 'ca', '-noprompt', '-file', caFile)
  return { ca: await readFile(caFile, 'utf8'), caFile, keyStore, trustStore, password }
}

const password = 'throw-away'
