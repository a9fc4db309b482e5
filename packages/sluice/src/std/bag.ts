/** What can be in a bag: it remembers its own place there. */
export interface Bagged {
  /** Of the bag; -1 while in none. */
  place: number
}

/**
 * Members in no order, each in one bag at most, that come and go by the thousand. Not a Set: the table of a Set is
 * replaced after so many departures, and each replaced one still points to its members and to the next table, so V8's
 * young generation keeps everything that has ever passed through it until the next full collection.
 */
export class Bag<Member extends Bagged> implements Iterable<Member> {
  readonly #members: Member[] = []

  get size(): number {
    return this.#members.length
  }

  add(member: Member): void {
    member.place = this.#members.length
    this.#members.push(member)
  }

  /** A member of this bag leaves it; the last one takes its place. */
  remove(member: Member): void {
    const last = this.#members.pop()!
    if (last !== member) {
      last.place = member.place
      this.#members[member.place] = last
    }
    member.place = -1
  }

  /** The members of this moment, whoever leaves meanwhile. */
  [Symbol.iterator](): Iterator<Member> {
    return [...this.#members][Symbol.iterator]()
  }
}
