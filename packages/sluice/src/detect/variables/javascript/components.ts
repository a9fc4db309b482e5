import type { Reading } from '../found.ts'
import { readDialects } from './javascript.ts'

/** Which environment variables the scripts in a .vue, .svelte or .astro file read. What its markup reads is not seen. */
export function readComponent(file: string, text: string): Reading {
  const reading: Reading = { found: [], broken: null }
  for (const { start, end, isJsx } of scriptsIn(file, text)) {
    // As many lines and letters before it as there are: then every place in it is right for the whole file.
    const script = text.slice(0, start).replace(/[^\r\n]/g, ' ') + text.slice(start, end)
    const { found, broken } = readDialects(file, script, isJsx ? ['tsx'] : ['ts'])
    reading.found.push(...found)
    reading.broken ??= broken
  }
  return reading
}

interface Script {
  start: number
  end: number
  isJsx: boolean
}

function scriptsIn(file: string, text: string): Script[] {
  const scripts: Script[] = []
  const front = file.endsWith('.astro') ? /^\ufeff?\s*---[^\S\n]*\n/.exec(text) : null
  let at = front?.[0].length ?? 0
  if (front !== null) {
    const close = text.indexOf('\n---', at - 1)
    if (close < 0) return []
    scripts.push({ start: at, end: close, isJsx: false })
    at = close
  }
  const lower = text.toLowerCase()
  for (;;) {
    const open = lower.indexOf('<script', at)
    if (open < 0) return scripts
    const comment = lower.indexOf('<!--', at)
    if (comment >= 0 && comment < open) {
      at = after(lower, '-->', comment + 4)
      continue
    }
    const start = endOfTag(text, open + '<script'.length)
    const end = lower.indexOf('</script', start)
    if (end < 0) return scripts
    scripts.push({ start, end, isJsx: /\blang\s*=\s*["']?[jt]sx/.test(text.slice(open, start)) })
    at = end + '</script'.length
  }
}

/** Past the `>` of a tag; one in quotes is part of a value: `generic="T extends List<string>"`. */
function endOfTag(text: string, from: number): number {
  let quote = ''
  for (let at = from; at < text.length; at++) {
    const letter = text[at]!
    if (quote !== '') quote = letter === quote ? '' : quote
    else if (letter === '"' || letter === "'") quote = letter
    else if (letter === '>') return at + 1
  }
  return text.length
}

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from)
  return found < 0 ? text.length : found + end.length
}
