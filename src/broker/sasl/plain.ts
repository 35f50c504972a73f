import type { Conversation } from './conversation.js'

/** PLAIN (RFC 4616): name and password as they are. */
export function plain(username: string, password: string): Conversation {
  return { first: Buffer.from(`\0${username}\0${password}`), secret: password, next: () => undefined }
}
