/** Runs tasks one after the other, in the order in which they were given; a failed one stops nobody behind it. */
export function serial(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const done = last.then(task, task)
    last = done.catch(() => {})
    return done
  }
}
