/** Does `work` for each item, at most `limit` at a time. Rejects with the first failure and begins no more then. */
export async function forEachBounded<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0
  async function runner(): Promise<void> {
    while (next < items.length) {
      try {
        await work(items[next++]!)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runner))
}
