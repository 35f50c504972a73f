/** What is to become of a batch that was answered. */
export type Fate =
  /** Its records are delivered. */
  | 'delivered'
  /** It goes again, when `turn` says so. */
  | 'again'
  /** Surely not appended, and no retry mends it: the caller says at once by `replace` what goes instead. */
  | 'refused'
  /** The same, since it is too large: smaller ones may go instead. */
  | 'too-large'
  /** Over, and nobody knows whether it was appended. */
  | 'unknown'
  /** It was given up before: nothing is to be told. */
  | 'told'

/** What an answer says beside that. */
export type News = 'data-lost' | 'producer-fenced'

/** What an answer means for its batch. */
export interface Verdict {
  readonly fate: Fate
  readonly news?: News | undefined
}

/** One is made for each case, once. */
export const verdict = (fate: Fate, news?: News): Verdict => Object.freeze({ fate, news })
/** @see Fate */
export const DELIVERED = verdict('delivered')
export const AGAIN = verdict('again')
/** @see Fate */
export const REFUSED = verdict('refused')
export const TOO_LARGE = verdict('too-large')
/** @see Fate */
export const UNKNOWN = verdict('unknown')
export const TOLD = verdict('told')
