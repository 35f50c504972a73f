export { byteMarbles, hex, text } from './byte-marbles.js'
export { type Marbles, type Script, type ScriptedTransport, scripted } from './scripted.js'
