import { hostname, userInfo } from 'node:os'

/** `ada@laptop`: who runs this command, for the history. */
export function person(): string {
  return `${userName()}@${hostname()}`
}

// In a container a user may have a number and no name.
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}
