import type { Run } from '../execution.ts'
import { masked } from '../look/secret-patterns.ts'

/** Why a run says nothing of the code; null where it does. */
export function doubtOf(command: string[], { code, why, output }: Run): string | null {
  if (code === null) return why ?? 'it did not run'
  // What a shell ends with where there is no such program.
  if (code === 127) return 'a program that it needs is not installed'
  const isMissing =
    code !== 0 &&
    (/node_modules state file|but node_modules missing|Cannot find (?:package|module) '[^'./]/.test(output) ||
      new RegExp(`No module named '?(?:${command.join('|').replaceAll(/[^\w|]/g, '.')}|django)'?`, 'i').test(
        output,
      ))
  return isMissing ? 'its dependencies are not installed' : null
}

/** One line about a run, with the last that it printed where it went wrong. */
export function told(line: string, { code, tookMs, why, output }: Run): string {
  if (code === null) return `${line}: ${why ?? 'did not run'}`
  const seconds = (tookMs / 1000).toFixed(1)
  const last = output
    .split('\n')
    .map((one) => one.trim())
    .findLast((one) => one !== '' && !/^npm (?:error|ERR!)|ELIFECYCLE|^error: script/.test(one))
  const words = code === 0 || last === undefined ? '' : `: ${masked(last).slice(0, 160)}`
  return `${line}: exit code ${code} after ${seconds} s${words}`
}
