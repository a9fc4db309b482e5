import { ciCommands } from '../../look/ci-commands.ts'
import type { Look } from '../../look/look.ts'
import type { Weighed } from '../../look/weighed.ts'

const SHELL = String.raw`(?:sudo\s+(?:-\S+\s+)*)?(?:env\s+(?:\S+=\S*\s+)*)?(?:\/\S*\/)?(?:(?:ba|z|da|k)?sh|python3?|node|perl|ruby)\b`

const PIPED = [
  new RegExp(String.raw`\b(?:curl|wget)\b[^|;&]*\|\s*${SHELL}(?!\s+-[mce]\b)`),
  new RegExp(String.raw`${SHELL}\s+<\(\s*(?:curl|wget)\b`),
  /\b(?:sh\s+-\w*c|eval)\s+["']?(?:\$\(|`)\s*(?:curl|wget)\b/,
  /\b(?:iwr|irm|Invoke-(?:WebRequest|RestMethod))\b[^|]*\|\s*(?:iex|Invoke-Expression)\b/i,
]

/** Scripts that are taken from a server and run unseen. A program that only reads its input, `| python3 -m json.tool`, is none. */
export function pipedDownloads(look: Look): Partial<Weighed> {
  return {
    bad: ciCommands(look)
      // An address within quotes may hold what would part two commands.
      .filter(({ text }) => PIPED.some((one) => one.test(text.replaceAll(/(["'])https?:[^"'\s]*\1/g, 'URL'))))
      .map(({ file, line }) => ({ says: 'a download is piped to a shell', file, line })),
  }
}
