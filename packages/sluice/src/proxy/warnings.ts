/** What an operator has to know although everything goes on. */
export interface Warnings {
  add(text: string): void
  /** Newest last. */
  list(): string[]
}

const mostWarnings = 50

/** Warnings for `status`; each goes to the log as well, with its time. */
export function openWarnings(): Warnings {
  const kept: string[] = []
  return {
    add(text) {
      kept.push(text)
      if (kept.length > mostWarnings) kept.shift()
      console.error(`${new Date().toISOString()} ${text}`)
    },
    list: () => [...kept],
  }
}
