export { byteMarbles, hex, text } from './byte-marbles.js'
export { type EmbeddedBroker, embeddedBroker } from './embedded/embedded-broker.js'
export { type Marbles, type Script, type ScriptedTransport, scripted } from './scripted.js'
