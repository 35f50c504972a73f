/**
 * What is told apart by names, in the order in which a Java `HashMap` with those keys, put in one by one, goes through
 * it. Java's assignors go by that order where members have an equal right, so who wants their result has to know it.
 *
 * A map with eight names in one bucket would have another order, as Java makes a tree of them; chance makes none.
 */
export function inJavaOrder<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  const last = tableLength(items.length) - 1
  return items
    .map(item => ({ item, bucket: spread(hashOf(nameOf(item))) & last }))
    .sort((one, other) => one.bucket - other.bucket)
    .map(({ item }) => item)
}

/** How many buckets a `HashMap` has that has held so many at once. */
export function tableLength(size: number): number {
  let length = 16
  while (size > length * 0.75) length *= 2
  return length
}

/** `String.hashCode`. */
export function hashOf(name: string): number {
  let hash = 0
  for (let index = 0; index < name.length; index++) hash = (Math.imul(hash, 31) + name.charCodeAt(index)) | 0
  return hash
}

/** A hash as a `HashMap` mixes it before it takes the lowest bits for the bucket. */
export const spread = (hash: number): number => hash ^ (hash >>> 16)
