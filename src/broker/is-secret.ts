/** SaslAuthenticate; create, renew, expire and describe a delegation token; AlterUserScramCredentials. */
const secretApis: ReadonlySet<number> = new Set([36, 38, 39, 40, 41, 51])

/** Whether requests of this API or their answers hold credentials, which a debug dump must not show. */
export function isSecret(apiKey: number): boolean {
  return secretApis.has(apiKey)
}
