import { randomBytes } from 'node:crypto'

/** Where chance comes from: `length` bytes that nobody can foresee. */
export type RandomBytes = (length: number) => Uint8Array

/** The operating system's. At the rim: everything else takes it from the `random` option. */
export const systemRandom: RandomBytes = randomBytes
