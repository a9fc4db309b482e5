import type { Ms } from '../core/release.ts'

interface Deadline {
  at: Ms
  order: number
  run: () => void
}

/** A clock that stands still until it is told to go to its next deadline. Deadlines of one moment run in the order they were set. */
export class VirtualClock {
  now: Ms
  #order = 0
  #heap: Deadline[] = []

  constructor(startAt: Ms) {
    this.now = startAt
  }

  after(delayMs: number, run: () => void): void {
    this.#push({ at: this.now + Math.max(0, delayMs), order: this.#order++, run })
  }

  /** Goes to the next deadline and runs it; false when there is none. */
  advance(): boolean {
    const next = this.#pop()
    if (next === undefined) return false
    this.now = next.at
    next.run()
    return true
  }

  #push(deadline: Deadline): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(deadline)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isBefore(deadline, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = deadline
  }

  #pop(): Deadline | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = last
    return first
  }
}

function isBefore(a: Deadline, b: Deadline): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
