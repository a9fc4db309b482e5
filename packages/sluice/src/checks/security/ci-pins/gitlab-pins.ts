import type { Evidence } from '../../check.ts'
import type { CiFile } from '../../look/ci-files.ts'
import type { Weighed } from '../../look/weighed.ts'
import { field } from '../../look/yaml-documents.ts'

const COMMIT = /^[0-9a-f]{40}$/i
const VERSION = /^v?\d+\.\d+\.\d+$/

/** What a pipeline of GitLab includes, by whether it is pinned (docs.gitlab.com, CI/CD YAML syntax, `include`). */
export function gitlabPins({ document }: CiFile): Partial<Weighed> {
  if (document === null) return {}
  const include = field(document.value, 'include') ?? []
  const weighed: Weighed = { bad: [], weak: [], open: [], good: [] }
  for (const [index, one] of [include].flat().entries()) {
    const at = Array.isArray(include) ? ['include', index] : ['include']
    const { sort, says } = weighedInclude(one)
    weighed[sort].push({ says, file: document.file, line: document.lineOf(at) } satisfies Evidence)
  }
  return weighed
}

function weighedInclude(one: unknown): { sort: 'bad' | 'weak' | 'good'; says: string } {
  const [remote, project, component] = ['remote', 'project', 'component'].map((key) => field(one, key))
  const url = remote ?? (typeof one === 'string' && /^https?:/.test(one) ? one : null)
  if (url !== null) {
    const isPinned =
      typeof field(one, 'integrity') === 'string' || /[/=][0-9a-f]{40}(?:[/?]|$)/i.test(String(url))
    return {
      sort: isPinned ? 'good' : 'bad',
      says: `include of ${url} ${isPinned ? 'is pinned' : 'has no integrity'}`,
    }
  }
  if (project !== null) {
    const ref = String(field(one, 'ref') ?? '')
    if (COMMIT.test(ref)) return { sort: 'good', says: `include of ${project} is pinned` }
    // A tag of a full version: whoever may push to that project can move it.
    if (VERSION.test(ref))
      return { sort: 'weak', says: `include of ${project} at ${ref}, which is no commit` }
    return {
      sort: 'bad',
      says: `include of ${project} at ${ref || 'its newest'} may be another one tomorrow`,
    }
  }
  if (component !== null) {
    const version = String(component).split('@')[1] ?? ''
    const isPinned = COMMIT.test(version) || VERSION.test(version) || version === '$CI_COMMIT_SHA'
    return {
      sort: isPinned ? 'good' : 'bad',
      says: `component ${component} ${isPinned ? 'is pinned' : 'may be another one tomorrow'}`,
    }
  }
  return { sort: 'good', says: 'include of a file of the same commit, or of GitLab itself' }
}
