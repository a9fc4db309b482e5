import { isToken, isValue } from './octets.ts'

/**
 * True for `*( ";" token [ "=" ( token / quoted-string ) ] )` and nothing looser: parsers disagree on white space and
 * empty names, so a body that has them could end in different places for different readers.
 */
export function isChunkExtension(text: string): boolean {
  let at = 0
  while (at < text.length) {
    if (text[at] !== ';') return false
    const nameEnd = tokenEnd(text, at + 1)
    if (nameEnd === at + 1) return false
    at = text[nameEnd] === '=' ? valueEnd(text, nameEnd + 1) : nameEnd
    if (at === -1) return false
  }
  return true
}

function valueEnd(text: string, at: number): number {
  if (text[at] === '"') return quotedEnd(text, at + 1)
  const end = tokenEnd(text, at)
  return end === at ? -1 : end
}

function tokenEnd(text: string, at: number): number {
  while (at < text.length && isToken[text.charCodeAt(at)] === 1) at++
  return at
}

/** After the closing quote; -1 without one, or where a byte may not stand. */
function quotedEnd(text: string, at: number): number {
  while (at < text.length) {
    if (text[at] === '"') return at + 1
    const first = text[at] === '\\' ? at + 1 : at
    if (!isQuotable(text, first)) return -1
    at = first + 1
  }
  return -1
}

function isQuotable(text: string, at: number): boolean {
  return at < text.length && isValue[text.charCodeAt(at)] === 1
}
