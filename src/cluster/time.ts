/** In ms since 1970, or a Date. */
export type Time = number | Date
