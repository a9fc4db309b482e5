import type { Change, Reader } from '../../checks/look/history.ts'

interface OpenFile {
  path: string
  blobs: { [Way in Change['way']]: string }
  lines: { [Way in Change['way']]: string[] }
  /** How many signs stand before each line, one for each parent of the commit; 0 before the first line of the file's own. */
  signs: number
  isWanted: boolean
}

/**
 * Makes changes of what `git diff-tree --stdin --patch --cc --unified=0 --full-index` prints, which is handed over line by
 * line; `null` ends it. Says how many characters it has kept.
 */
export function patchReader({ isWanted, take }: Reader): (line: string | null) => number {
  let commit = ''
  let file: OpenFile | null = null

  function close(): void {
    if (file === null) return
    const { path, blobs, lines } = file
    for (const way of ['added', 'removed'] as const) {
      if (lines[way].length > 0)
        take({ commit, path, way, text: `${lines[way].join('\n')}\n`, blob: blobs[way] })
    }
    file = null
  }

  // A sign stands before each line of a file, so that none of them can be taken for one of git's own.
  return (line) => {
    if (line === null) close()
    else if (line.startsWith('diff ')) {
      close()
      file = emptyFile()
    } else if (/^[0-9a-f]{40,64}$/.test(line)) {
      close()
      commit = line
    } else if (file !== null) return readLine(file, line, isWanted)
    return 0
  }
}

function emptyFile(): OpenFile {
  const lines = { added: [], removed: [] }
  return { path: '', blobs: { added: '', removed: '' }, lines, signs: 0, isWanted: false }
}

function readLine(file: OpenFile, line: string, isWanted: Reader['isWanted']): number {
  if (line.startsWith('@@')) {
    file.signs = /^@+/.exec(line)![0].length - 1
    file.isWanted = isWanted(file.path)
    return 0
  }
  if (file.signs === 0) {
    readHeader(file, line)
    return 0
  }
  if (!file.isWanted) return 0
  const way = wayOf(line, file.signs)
  if (way === null) return 0
  file.lines[way].push(line.slice(file.signs))
  return line.length
}

// In a merge only what no parent has is its own work, and what it left out stands in a parent's history.
function wayOf(line: string, signs: number): Change['way'] | null {
  if (signs === 1) return line[0] === '+' ? 'added' : line[0] === '-' ? 'removed' : null
  return line.startsWith('+'.repeat(signs)) ? 'added' : null
}

function readHeader(file: OpenFile, line: string): void {
  const [, before, after] = /^index ([0-9a-f,]+)\.\.([0-9a-f]+)/.exec(line) ?? []
  if (after !== undefined) file.blobs = { removed: before!, added: after }
  // Of a file that came or went, the other name is /dev/null.
  const name = /^(?:---|\+\+\+) ("?)[ab]\/(.*?)(?:\1\t?)$/.exec(line)
  if (name !== null) file.path = name[1] === '"' ? unquoted(name[2]!) : name[2]!
}

const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r', a: '\x07', b: '\b', v: '\v', f: '\f' }

/** A path in which git has written quotes, backslashes and control characters as C does. */
function unquoted(text: string): string {
  return text.replaceAll(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
  )
}
