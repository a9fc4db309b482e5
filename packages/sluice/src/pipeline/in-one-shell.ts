import type { Step } from './pipeline.ts'
import { shellWord } from './shell-word.ts'

/** A step for systems where all of a job is one shell: in parentheses it has a folder, variables and an end of its own. */
export function inOneShell({ folder, script }: Step): string {
  if (folder === '.' && !script.includes('\n')) return script
  const cd = folder === '.' ? '' : `cd ${shellWord(folder)}\n`
  return `(\nset -e\n${cd}${script}\n)`
}
