import type { Evidence } from '../../check.ts'
import { lineAt } from '../../look/files.ts'
import { isForTests } from '../../look/for-tests.ts'
import type { Look } from '../../look/look.ts'

/** Calls to others that wait without end, where the library is known to: those of Go's default client, and of requests. */
export function endlessCalls({ app, files }: Look): Evidence[] {
  const kind = app.stack === 'go' ? go : app.stack === 'python' ? python : null
  if (kind === null) return []
  return files
    .matching(kind.files)
    .filter((path) => !isForTests(path))
    .flatMap((path) => {
      const text = files.read(path) ?? ''
      return kind.sign.test(text) ? kind.callsIn(text).map((one) => ({ ...one, file: files.at(path) })) : []
    })
}

interface Calls {
  files: RegExp
  sign: RegExp
  callsIn(text: string): { says: string; line: number }[]
}

const go: Calls = {
  files: /\.go$/,
  sign: /"net\/http"/,
  callsIn: (text) =>
    [...text.matchAll(/\bhttp\.(?:Get|Post|PostForm|Head|DefaultClient\.Do)\(/g)].map(
      ({ 0: call, index }) => ({
        says: `${call}) uses a client without Timeout`,
        line: lineAt(text, index),
      }),
    ),
}

const python: Calls = {
  files: /\.py$/,
  sign: /^\s*import requests\b/m,
  callsIn: (text) =>
    [...text.matchAll(/\brequests\.(?:get|post|put|patch|delete|head|request)\(/g)]
      .filter(({ index }) => !/\btimeout\s*=|\*\*/.test(argumentsAt(text, index)))
      .map(({ 0: call, index }) => ({ says: `${call}) without timeout`, line: lineAt(text, index) })),
}

function argumentsAt(text: string, index: number): string {
  let depth = 0
  for (let at = text.indexOf('(', index); at < text.length; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return text.slice(index, at)
  }
  return text.slice(index)
}
