/** Does something of which a failure changes nothing: one notice that cannot be given does not stop the others. */
export function quietly(task: () => unknown): void {
  try {
    // A promise that is refused would otherwise end the process as an unhandled rejection.
    Promise.resolve(task()).catch(() => {})
  } catch {
    // What it was about is gone already.
  }
}
