import type { Files } from '../../look/files.ts'

/** The commit that is checked out, in full; null outside of git, and where it is packed away. */
export function commitOf({ read }: Files): string | null {
  const head = read('.git/HEAD')?.trim()
  if (head === undefined) return null
  const branch = /^ref: (.+)$/.exec(head)?.[1]
  const commit =
    branch === undefined ? head : (read(`.git/${branch}`)?.trim() ?? packed(read('.git/packed-refs'), branch))
  return commit !== null && /^[0-9a-f]{40,64}$/.test(commit) ? commit : null
}

function packed(refs: string | null, branch: string): string | null {
  return (
    (refs ?? '')
      .split('\n')
      .find((line) => line.endsWith(` ${branch}`))
      ?.split(' ')[0] ?? null
  )
}
