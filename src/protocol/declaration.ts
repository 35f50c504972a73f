// All that a message is declared with, in one module: each of the many files then resolves one import, not three, and
// loading them takes a third less.
export { type Api, api } from './api.js'
export { type Message, message } from './message.js'
export * from './schema.js'
