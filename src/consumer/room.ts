/** How much one partition asks for at once, in bytes, where each may hold its share of `prefetch`. */
export function askedAtOnce(maxPartitionBytes: number, share: number): number {
  return Math.max(Math.min(maxPartitionBytes, Math.floor(share / 2)), 1)
}

/** Whether a partition that holds so many bytes may ask for more; one that holds nothing always may. */
export function hasRoom(bytes: number, atOnce: number, share: number, room: number): boolean {
  return bytes === 0 || (bytes + atOnce <= share && room > 0)
}
