import { type Answer, unknown } from '../check.ts'
import { DAY_MS } from './day.ts'
import type { Look } from './look.ts'
import { field } from './yaml-documents.ts'

const MOST_DAYS = 7

/** What a platform has said, and when. */
export interface PlatformReply {
  reply: unknown
  /** Of the repository. */
  file: string
  /** `gh api …, 2 days ago` */
  says: string
}

/**
 * Reads `ops/replies/<name>.json` of the app, or of its repository: `{ "takenAt": …, "from": "the command", "reply": … }`.
 * Where there is none, where it is older than seven days, or of another form, the answer says so.
 */
export function platformReply(look: Look, name: string): PlatformReply | { answer: Answer } {
  const path = `ops/replies/${name}.json`
  const files = [look.files, look.repositoryFiles].find((some) => some.exists(path))
  if (files === undefined) return { answer: unknown(`there is no stored reply ${path}`) }
  const stored = objectIn(files.read(path))
  const takenAt = Date.parse(String(field(stored, 'takenAt')))
  const from = field(stored, 'from')
  if (Number.isNaN(takenAt) || typeof from !== 'string' || field(stored, 'reply') === null)
    return { answer: unknown(`${path} wants takenAt, from and reply`) }
  const days = Math.floor((look.now - takenAt) / DAY_MS)
  if (days > MOST_DAYS || days < 0)
    return {
      answer: unknown(
        `${path} is ${days < 0 ? 'of a day to come' : `${days} days old`}: ask again by ${from}`,
      ),
    }
  return { reply: field(stored, 'reply'), file: files.at(path), says: `${from}, ${days} days ago` }
}

function objectIn(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return null
  }
}
