import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { join, posix, sep } from 'node:path'
import type { Question } from './facts.ts'

/** A look at one folder: what is in it, bounded, and what came up while looking. Paths are relative to it, with `/`. */
export interface Survey {
  /** Absolute. */
  root: string
  questions: Question[]
  notes: string[]
  /** The text of a file; null where there is none, where it is no text, and where it may not be read. */
  read(path: string): string | null
  isFile(path: string): boolean
  isFolder(path: string): boolean
  /** What is in a folder, by name. */
  entries(path: string): Entry[]
  /** Says something once. */
  note(text: string): void
  /** What is dear to make of a file, and wanted for several apps. */
  once<T>(what: string, make: () => Promise<T>): Promise<T>
}

export interface Entry {
  name: string
  isFolder: boolean
}

const READ_LIMIT = 1024 * 1024
const ENTRIES_LIMIT = 2000

/** Opens a folder for looking. It has to be there. */
export function openSurvey(root: string): Survey {
  const realRoot = realpathSync(root)
  const texts = new Map<string, string | null>()
  const notes = new Set<string>()
  const made = new Map<string, Promise<unknown>>()

  // A link may lead anywhere; what lies outside is nobody's business here.
  function located(path: string): { at: string; isFile: boolean; isFolder: boolean } | null {
    const inside = posix.normalize(path)
    if (inside === '..' || inside.startsWith('../') || inside.startsWith('/') || inside.includes('\0'))
      return null
    try {
      const at = realpathSync(join(realRoot, inside))
      if (at !== realRoot && !at.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep)) {
        notes.add(`${inside} leads out of the folder and was not followed`)
        return null
      }
      const stats = statSync(at)
      return { at, isFile: stats.isFile(), isFolder: stats.isDirectory() }
    } catch (error) {
      noteUnreadable(inside, error)
      return null
    }
  }

  function noteUnreadable(path: string, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return
    notes.add(`${path} could not be read: ${code ?? String(error)}`)
  }

  function readNow(path: string): string | null {
    const file = located(path)
    if (file === null || !file.isFile) return null
    try {
      const bytes = firstBytes(file.at)
      const text = textOf(bytes)
      if (text === null) notes.add(`${path} is not text and was not read`)
      else if (bytes.length === READ_LIMIT) notes.add(`${path} is large: only its first MiB was read`)
      return text
    } catch (error) {
      noteUnreadable(path, error)
      return null
    }
  }

  return {
    root,
    questions: [],
    get notes() {
      return [...notes]
    },
    read(path) {
      const known = texts.get(path)
      if (known !== undefined) return known
      const text = readNow(path)
      texts.set(path, text)
      return text
    },
    isFile: (path) => located(path)?.isFile ?? false,
    isFolder: (path) => located(path)?.isFolder ?? false,
    entries(path) {
      const folder = located(path)
      if (folder === null || !folder.isFolder) return []
      try {
        const all = readdirSync(folder.at, { withFileTypes: true })
        if (all.length > ENTRIES_LIMIT)
          notes.add(`${path} is large: only ${ENTRIES_LIMIT} of its entries were looked at`)
        return all
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .slice(0, ENTRIES_LIMIT)
          .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      } catch (error) {
        noteUnreadable(path, error)
        return []
      }
    },
    note(text) {
      notes.add(text)
    },
    once<T>(what: string, make: () => Promise<T>) {
      const known = made.get(what) ?? make()
      made.set(what, known)
      return known as Promise<T>
    },
  }
}

// Opened without waiting: a named pipe would never answer.
function firstBytes(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.alloc(Math.min(READ_LIMIT, fstatSync(file).size))
    let length = 0
    while (length < bytes.length) {
      const read = readSync(file, bytes, length, bytes.length - length, null)
      if (read === 0) break
      length += read
    }
    return bytes.subarray(0, length)
  } finally {
    closeSync(file)
  }
}

// `pip freeze > requirements.txt` in PowerShell writes UTF-16.
function textOf(bytes: Buffer): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le')
  if (bytes.includes(0)) return null
  const text = bytes.toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
