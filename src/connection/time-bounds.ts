/** When a deadline is due that there is not. */
export const NEVER = Number.POSITIVE_INFINITY

/** The longest delay that node's timers hold; a longer one would fire at once. */
export const MAX_DELAY = 2 ** 31 - 1
