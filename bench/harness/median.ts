/** The middle of the values, or of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2
}

/**
 * Where the true median lies in 95 of 100 cases, by the binomial distribution of ranks: it asks nothing of how the
 * values are distributed, and one disturbed round does not widen it.
 */
export function medianInterval(values: readonly number[]): [number, number] {
  const sorted = ascending(values)
  const count = sorted.length
  let rank = 0
  let chance = 0.5 ** count
  for (let below = chance; below <= 0.025 && rank < (count - 1) / 2; below += chance) {
    rank++
    chance *= (count - rank + 1) / rank
  }
  const outside = Math.max(0, rank - 1)
  return [sorted[outside] as number, sorted[count - 1 - outside] as number]
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)
