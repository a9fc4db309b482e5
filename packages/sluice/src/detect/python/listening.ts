import { posix } from 'node:path'
import { withoutComments } from '../code.ts'
import type { Concluded } from '../facts.ts'
import { ownFiles } from '../own-files.ts'
import { lineAt } from '../place.ts'
import type { Survey } from '../survey.ts'

interface Listening {
  port: Concluded<number> | null
  readsPort: boolean
}

// `os.environ.get("PORT", 8000)`, `os.getenv("PORT") or 8000`, `number("PORT", int, 1, 65_535, "8000")`.
const beside = /\(\s*["']PORT["']\s*((?:,[^()\n]*)?)\)(?:\s*or\s*["']?(\d+))?/g
const reads = /\[\s*["']PORT["']\s*\]|\(\s*["']PORT["']\s*[,)]/
const literals = [
  /\b(?:uvicorn|hypercorn)\.run\([^)]*\bport\s*=\s*(\d{2,5})/g,
  /^\s*\w+\.run\([^)]*\bport\s*=\s*(\d{2,5})/gm,
  /^bind\s*=\s*f?["'][\w.]*:(\d{2,5})["']/gm,
]

/** Where a server listens, by the code of the app and the configuration of gunicorn. */
export async function listeningOf(survey: Survey, folder: string, others: string[]): Promise<Listening> {
  const files: { path: string; code: string }[] = []
  for (const path of ownFiles(survey, folder, /\.py$/, others)) {
    const text = survey.read(path)
    if (text === null || !/PORT|\bport\s*=|\bbind\b/.test(text)) continue
    files.push({ path, code: await withoutComments(path, text) })
  }
  const concluded = (path: string, code: string, at: number, value: number, says: string) => ({
    value,
    from: { file: path, line: lineAt(code, at + 1), says: `${says} ${value}` },
  })
  const readsPort = files.some(({ code }) => reads.test(code))
  for (const { path, code } of files) {
    for (const match of code.matchAll(beside)) {
      const value = portIn(match[2]) ?? fallbackIn(match[1] ?? '')
      if (value !== null)
        return {
          port: concluded(path, code, match.index, value, 'without PORT it listens on'),
          readsPort: true,
        }
    }
  }
  for (const pattern of literals) {
    for (const { path, code } of files) {
      // Gunicorn reads its own file; in the others `bind` is anything.
      if (pattern.source.startsWith('^bind') && posix.basename(path) !== 'gunicorn.conf.py') continue
      const match = [...code.matchAll(pattern)][0]
      const value = portIn(match?.[1])
      if (match !== undefined && value !== null) {
        return { port: concluded(path, code, match.index, value, 'it listens on'), readsPort }
      }
    }
  }
  return { port: null, readsPort }
}

// A default stands in quotes, or first.
function fallbackIn(rest: string): number | null {
  return (
    portIn(/["'](\d+)["']/.exec(rest)?.[1]) ??
    portIn(/^,\s*(?:default\s*=\s*)?(\d+)\s*(?:,|$)/.exec(rest)?.[1]) ??
    portIn(/default\s*=\s*(\d+)/.exec(rest)?.[1])
  )
}

function portIn(text: string | undefined): number | null {
  const port = Number(text)
  return text !== undefined && Number.isInteger(port) && port >= 80 && port < 65_535 ? port : null
}
