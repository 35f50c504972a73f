/** What may stand in a {@link Line}; in one at a time. */
export interface Link<T> {
  before: T | undefined
  behind: T | undefined
}

/** A queue that its members may leave from anywhere, however long it is, at the same small cost. */
export class Line<T extends Link<T>> implements Iterable<T> {
  first: T | undefined
  last: T | undefined
  length = 0

  push(member: T): void {
    member.before = this.last
    if (this.last === undefined) this.first = member
    else this.last.behind = member
    this.last = member
    this.length++
  }

  /** The member has to stand in this line. */
  remove(member: T): void {
    const { before, behind } = member
    if (before === undefined) this.first = behind
    else before.behind = behind
    if (behind === undefined) this.last = before
    else behind.before = before
    member.before = undefined
    member.behind = undefined
    this.length--
  }

  /** Nobody may leave meanwhile: who expects that takes a copy. */
  *[Symbol.iterator](): Iterator<T> {
    for (let member = this.first; member !== undefined; member = member.behind) yield member
  }
}
