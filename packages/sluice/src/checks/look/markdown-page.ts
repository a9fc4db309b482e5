/** A heading, and where a link to it leads. */
export interface Heading {
  /** From 1. */
  level: number
  text: string
  /** `high-error-rate` */
  anchor: string
  /** From 1. */
  line: number
  /** What stands below it, up to the next heading of its level or above. */
  body: string
}

/** A line that is longer is no heading of a person's. */
const LONGEST = 400

/** The headings of a page in Markdown, with anchors as GitHub and GitLab make them. Code is no heading. */
export function headingsOf(text: string): Heading[] {
  const lines = text.split('\n')
  const found = headingLines(lines)
  const taken = new Map<string, number>()
  return found.map(({ level, text: title, line }, index) => {
    const base = anchorOf(title)
    const times = taken.get(base) ?? 0
    taken.set(base, times + 1)
    let next = index + 1
    while (next < found.length && found[next]!.level > level) next++
    const end = found[next]?.line
    const body = lines.slice(line, end === undefined ? undefined : end - 1).join('\n')
    return { level, text: title, anchor: times === 0 ? base : `${base}-${times}`, line, body }
  })
}

/** Whether a link to `page#anchor` finds its place: a heading, or an anchor that is written out. */
export function hasAnchor(text: string, anchor: string): boolean {
  const wanted = decoded(anchor).toLowerCase()
  if (headingsOf(text).some((one) => one.anchor === wanted)) return true
  return [...text.matchAll(/<a\s+(?:name|id)=["']([^"']+)["']|\{#([\w-]+)\}/g)].some(
    ([, name, id]) => (name ?? id)!.toLowerCase() === wanted,
  )
}

function headingLines(lines: string[]): { level: number; text: string; line: number }[] {
  let fence: string | null = null
  return lines.flatMap((written, index) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(written)?.[1]
    if (mark !== undefined && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null
    const isShort = written.length <= LONGEST
    const heading = fence === null && isShort ? /^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$/.exec(written) : null
    return heading === null ? [] : [{ level: heading[1]!.length, text: heading[2]!, line: index + 1 }]
  })
}

function anchorOf(title: string): string {
  return title
    .replace(/\{#[\w-]+\}\s*$/, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
