import type { Finding } from '../settle.ts'

/** One sign for each status, where there is no room for a word. */
export const marks: { [K in Finding['status']]: string } = {
  pass: '✓',
  fail: '✗',
  warn: '!',
  na: '–',
  unknown: '?',
}

/** `Dockerfile:3  the user is root`. */
export function evidenceLines({ evidence }: Pick<Finding, 'evidence'>): string[] {
  return evidence.map(({ file, line, says }) => {
    if (file === undefined) return says
    return `${file}${line === undefined ? '' : `:${line}`}  ${says}`
  })
}
