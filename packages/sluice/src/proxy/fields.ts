import type { RequestHead } from './http1/request-head.ts'

/** The value of the first field of this name (in lower case), null when there is none. */
export function fieldOf(head: { names: string[]; values: string[] }, name: string): string | null {
  const at = indexOf(head.names, name)
  return at < 0 ? null : head.values[at]!
}

/** Replaces the value of the first field of this name. */
export function setField(head: RequestHead, name: string, value: string): void {
  head.values[indexOf(head.names, name)] = value
}

/** Removes the first field of this name. */
export function removeField(head: RequestHead, name: string): void {
  const at = indexOf(head.names, name)
  if (at < 0) return
  head.names.splice(at, 1)
  head.values.splice(at, 1)
  head.kinds.splice(at, 1)
}

function indexOf(names: string[], name: string): number {
  for (let i = 0; i < names.length; i++) {
    const candidate = names[i]!
    if (candidate.length === name.length && candidate.toLowerCase() === name) return i
  }
  return -1
}
