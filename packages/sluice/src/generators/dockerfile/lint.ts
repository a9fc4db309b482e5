import type { BuildContext, DockerfileFinding } from './finding.ts'
import { parseDockerfile } from './instructions.ts'
import { type Broken, type RuleId, rules } from './rules.ts'

/**
 * What is wrong with a Dockerfile by its text alone. A line `# allows DF-05: why` above an instruction lets it stand; without
 * a reason it does not. Rules that need the folder say nothing where it is not given.
 */
export function lintDockerfile(text: string, context: Partial<BuildContext> = {}): DockerfileFinding[] {
  const parsed = parseDockerfile(text)
  const allowed = allowances(text)
  const found = (Object.keys(rules) as RuleId[]).flatMap((id) => {
    const { tags, broken } = rules[id]
    return broken({ ...parsed, text, context })
      .filter(({ line }) => !(allowed.get(line)?.has(id) ?? false))
      .map(({ line, message }: Broken) => ({ id, line, verdict: 'fail' as const, message, tags }))
  })
  return found.toSorted((a, b) => a.line - b.line || a.id.localeCompare(b.id))
}

/** By the line of the instruction: the ids that the comments right above it allow. */
function allowances(text: string): Map<number, Set<string>> {
  const allowed = new Map<number, Set<string>>()
  let waiting = new Set<string>()
  for (const [index, line] of text.split('\n').entries()) {
    const id = /^\s*#\s*allows (DF-\d\d): \S/.exec(line)?.[1]
    if (id !== undefined) waiting.add(id)
    else if (!/^\s*(?:#|$)/.test(line)) {
      allowed.set(index + 1, waiting)
      waiting = new Set()
    }
  }
  return allowed
}
