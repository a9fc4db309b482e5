import type { Change, History, HistoryEnd } from '../../look/history.ts'
import type { IsAllowed, Place } from './allowed-places.ts'
import { secretsIn } from './secrets-in.ts'

/** Of so many files all is read, because some lines look like a secret only by themselves. */
const MOST_FILES = 200

/** A secret that no longer stands in the files, and that everyone who has the repository still has. */
export interface EarlierSecret {
  name: string
  secret: string
  change: Change
  /** In the file as it was at the change, from 1. */
  line: number
}

/** What a history is searched for. */
export interface HistorySearch {
  now: number
  isSearched(path: string): boolean
  isAllowed: IsAllowed
  /** Values that stand in the files as they are now, and were judged there. */
  known: Promise<ReadonlySet<string>>
}

/** Secrets that commits have brought in or taken out, and how far the search came. */
export async function secretsInHistory(
  history: History,
  search: HistorySearch,
): Promise<{ found: EarlierSecret[]; end: HistoryEnd }> {
  const traces = new Map<string, Trace>()
  const end = await history.read({
    isWanted: search.isSearched,
    take(change) {
      for (const { secret } of secretsIn(change.path, change.text, search.now))
        traces.set(secret, traced(traces.get(secret), change))
    },
  })
  const files = wholeFiles(history, search.now)
  const known = await search.known
  const found: EarlierSecret[] = []
  for (const [secret, { origin, newest }] of traces) {
    if (known.has(secret)) continue
    const places = [...(await files.places(secret, origin)), ...(await files.places(secret, newest))]
    // A person may have looked at it later than it came in.
    if (places.length > 0 && !places.some(search.isAllowed)) found.push(places[0]!)
  }
  const why = files.unread()
  return { found, end: end.kind === 'cut' || why === null ? end : { kind: 'cut', why } }
}

/** The change that brought a value in (where that was earlier, one that took it out), and the newest that it was seen in. */
interface Trace {
  origin: Change
  newest: Change
}

// They come the newest first.
function traced(known: Trace | undefined, change: Change): Trace {
  if (known === undefined) return { origin: change, newest: change }
  const isOrigin = change.way === 'added' || known.origin.way === 'removed'
  return isOrigin ? { ...known, origin: change } : known
}

type Standing = EarlierSecret & Place

/** Files as they were at a change, each read once. */
function wholeFiles(history: History, now: number) {
  const read = new Map<string, Promise<string | null>>()
  let unread: string | null = null

  function textOf(change: Change): Promise<string | null> {
    const known = read.get(change.blob)
    if (known !== undefined) return known
    if (read.size === MOST_FILES) return Promise.resolve(null)
    const text = history.textOf(change)
    read.set(change.blob, text)
    return text
  }

  return {
    /** Where a value stands in the file; none where the whole file shows that it is no secret. */
    async places(secret: string, change: Change): Promise<Standing[]> {
      const { path, commit } = change
      const text = await textOf(change)
      if (text === null) unread ??= `${path} of ${commit.slice(0, 7)} was not read`
      return secretsIn(path, text ?? '', now)
        .filter((one) => one.secret === secret)
        .map((one) => ({ ...one, change, path, commit, text: text! }))
    },
    unread: () => unread,
  }
}
