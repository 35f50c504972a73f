/** What a mechanism makes of a message of the client: more to say, authenticated, or refused. */
export type SaslStep =
  | { readonly challenge: Buffer }
  | { readonly principal: string; readonly expires: number; readonly last: Buffer }
  | { readonly failed: true }
