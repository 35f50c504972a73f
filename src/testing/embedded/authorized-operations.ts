/** Who may do what, as a bit for each operation: here all may do everything that there is to do. */
export const authorizedOperations = { cluster: 8096, topic: 3576, group: 3400 } as const

/** What stands there when nobody asked. */
export const notAsked = -(2 ** 31)
