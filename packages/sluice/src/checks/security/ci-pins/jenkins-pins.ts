import type { CiFile } from '../../look/ci-files.ts'
import { lineAt } from '../../look/files.ts'
import type { Weighed } from '../../look/weighed.ts'

const LIBRARY = /@Library\s*\(([^)]*)\)|\blibrary\s*\(?\s*(?:identifier\s*:\s*)?(['"][^'"]+['"])/g
const BRANCH = /^(?:main|master|trunk|develop|HEAD|latest)$|^refs\/heads\//

/** Shared libraries of a Jenkinsfile, by whether they name a version, and images of its agents. */
export function jenkinsPins({ file, text }: CiFile): Partial<Weighed> {
  const weighed: Weighed = { bad: [], weak: [], open: [], good: [] }
  const code = text.replaceAll(/^\s*\/\/.*$/gm, (line) => ' '.repeat(line.length))
  for (const match of code.matchAll(LIBRARY)) {
    for (const [, name = ''] of (match[1] ?? match[2] ?? '').matchAll(/['"]([^'"]+)['"]/g)) {
      const version = name.split('@')[1]
      const isPinned = version !== undefined && !BRANCH.test(version)
      const says = isPinned ? 'names a version' : 'is whatever its branch is when the job runs'
      const line = lineAt(text, match.index)
      weighed[isPinned ? 'good' : 'bad'].push({ says: `library ${name} ${says}`, file, line })
    }
  }
  for (const match of code.matchAll(/\bimage\s*\(?\s*['"]([^'"$]+)['"]/g)) {
    const isPinned = match[1]!.includes('@sha256:')
    const says = `image ${match[1]} is ${isPinned ? 'a' : 'no'} digest`
    weighed[isPinned ? 'good' : 'weak'].push({ says, file, line: lineAt(text, match.index) })
  }
  return weighed
}
